/** The half bytes of a key, high half first: the path of the key through a trie. */
export function nibbles(bytes: Uint8Array): number[] {
  const path = new Array<number>(bytes.length * 2)
  for (const [at, byte] of bytes.entries()) {
    path[at * 2] = byte >> 4
    path[at * 2 + 1] = byte & 15
  }
  return path
}

/** How many nibbles two paths have in common from their beginning. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/** Hex-prefix encoding of a path (yellow paper, appendix C): parity and leaf flag in the first nibble. */
export function hexPrefix(path: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0
  const padded = path.length % 2 === 0 ? [flag, 0, ...path] : [flag + 1, ...path]
  const bytes = new Uint8Array(padded.length / 2)
  for (let at = 0; at < bytes.length; at++) bytes[at] = ((padded[at * 2] ?? 0) << 4) | (padded[at * 2 + 1] ?? 0)
  return bytes
}

/** The path that {@link hexPrefix} encoded. @throws RangeError when the bytes are no such encoding */
export function parseHexPrefix(bytes: Uint8Array): { path: number[]; isLeaf: boolean } {
  const [flag, second, ...rest] = nibbles(bytes)
  if (flag === undefined || second === undefined || flag > 3)
    throw new RangeError('a node of the trie has no valid path')
  if (flag % 2 === 1) return { path: [second, ...rest], isLeaf: flag === 3 }
  if (second !== 0) throw new RangeError('a node of the trie has no valid path')
  return { path: rest, isLeaf: flag === 2 }
}
