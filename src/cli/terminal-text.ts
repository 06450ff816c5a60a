import { stripVTControlCharacters } from 'node:util'

/** Control characters but tab and line feed; with them those that turn the direction of text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: what our own colours consist of
const COLOR = /(\u001b\[[0-9;]{0,12}m)/

/** Text from elsewhere without escape sequences and control characters; line breaks and tabs stay. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, '')
}

/**
 * A whole view, with names, models and paths that others chose in it: colours stay, and nothing that could move the cursor, set
 * the title, write to the clipboard or hide text.
 */
export function cleanView(text: string): string {
  return text
    .split(COLOR)
    .map((part, i) => (i % 2 === 1 ? part : clean(part)))
    .join('')
}

/** A name that others chose as one cell of a table: a line break in it must not look like a row of ours. */
export function oneLine(text: string): string {
  return clean(text).replaceAll(/[\n\t]/g, ' ')
}

/** A word of a suggested command. What others chose is quoted, so that copying the line runs nothing but the command. */
export function shellWord(text: string): string {
  const plain = oneLine(text)
  return /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`
}
