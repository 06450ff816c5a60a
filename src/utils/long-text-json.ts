import { randomUUID } from 'node:crypto'

/**
 * JSON in which long strings are bytes: a long ASCII text (base64, say) goes from a Uint8Array into the message and out of it
 * again without ever being a JavaScript string, which would cost more than everything else done with it.
 */
const LONG_BYTES = 32 * 1024
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Stands for a long text in what is given to JSON.stringify; nobody can send it. */
const MARK = randomUUID()

/** Parses JSON; strings from 32 KiB on come as Uint8Array of their bytes, views of `body`. @throws SyntaxError */
export function parseLongTextJson(body: Buffer): unknown {
  const { text, longTexts } = cutOut(body)
  if (longTexts.length === 0) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('\0') ? longTexts[Number(value.slice(1))] : value,
  )
}

/**
 * The body as text, long strings replaced by `\u0000` and their number. A body with a backslash is left whole: only without
 * one is every second quote the end of a string, and no string of it holds a NUL.
 */
function cutOut(body: Buffer): { text: string; longTexts: Uint8Array[] } {
  const longTexts: Uint8Array[] = []
  if (body.length < LONG_BYTES || body.includes(BACKSLASH)) return { text: body.toString('utf8'), longTexts }
  let text = ''
  let from = 0
  for (let open = body.indexOf(QUOTE); open >= 0; ) {
    const close = body.indexOf(QUOTE, open + 1)
    if (close < 0) break
    if (close - open > LONG_BYTES) {
      text += `${body.toString('utf8', from, open)}"\\u0000${longTexts.length}"`
      longTexts.push(new Uint8Array(body.buffer, body.byteOffset + open + 1, close - open - 1))
      from = close + 1
    }
    open = body.indexOf(QUOTE, close + 1)
  }
  return { text: text + body.toString('utf8', from), longTexts }
}

/** JSON of a value, in pieces; a Uint8Array in it is the ASCII text of a string without quotes, backslashes or controls. */
export function encodeLongTextJson(value: unknown): Uint8Array[] {
  const longTexts: Uint8Array[] = []
  const text = JSON.stringify(value ?? null, (_key, part: unknown) => {
    if (!(part instanceof Uint8Array)) return part
    longTexts.push(part)
    return MARK
  })
  return text.split(`"${MARK}"`).flatMap((piece, i) => {
    const longText = longTexts[i]
    const between = Buffer.from(`${i > 0 ? '"' : ''}${piece}${longText ? '"' : ''}`)
    return longText ? [between, longText] : [between]
  })
}
