import { ogError } from '../../errors/og-error.ts'

/**
 * A prompt given on the command line: the text itself, or all of stdin for `-` (without the newline a shell adds).
 * @throws OgError VALUE_INVALID when there is nothing to ask
 */
export async function readPrompt(prompt: string, stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  const text = prompt === '-' ? (await readAll(stdin)).replace(/\r?\n$/, '') : prompt
  if (text.trim() === '')
    throw ogError('VALUE_INVALID', { value: 'an empty text', expected: 'a prompt', example: 'for example "hello"' })
  return text
}

/** @throws OgError VALUE_INVALID unless it is a number from 0 to 2 */
export function parseTemperature(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 2)) {
    throw ogError('VALUE_INVALID', {
      value: JSON.stringify(text),
      expected: 'a temperature from 0 to 2',
      example: 'for example 0.7',
    })
  }
  return value
}

async function readAll(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of stdin) text += typeof part === 'string' ? part : decoder.decode(part, { stream: true })
  return text + decoder.decode()
}
