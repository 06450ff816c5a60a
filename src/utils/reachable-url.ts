const ANY_HOST = /^(0\.0\.0\.0|\[::\])$/

/** A URL as others reach it: a server that listens on all addresses does not know its own, but who it speaks to does. */
export function reachableUrl(url: string, address: string | undefined): string {
  if (address === undefined || !URL.canParse(url)) return url
  const target = new URL(url)
  if (!ANY_HOST.test(target.hostname)) return url
  const plain = address.replace(/^::ffff:/, '')
  target.hostname = plain.includes(':') ? `[${plain}]` : plain
  return target.origin
}
