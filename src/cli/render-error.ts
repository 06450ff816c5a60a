import { styleText } from 'node:util'
import type { OgError } from '../errors/og-error.ts'
import { causes, classifySystemError } from '../errors/system-error.ts'
import { clean } from './terminal-text.ts'

/**
 * What a person sees of an error, on stderr: what failed with its code, why, how to fix it, where to read more. Log lines in the
 * details are shown; the stack only for our own defects or with OG_DEBUG=1. Text from elsewhere is stripped of
 * terminal control sequences.
 */
export function renderError(error: OgError, options: { debug: boolean }): string {
  const showStack = options.debug || error.category === 'INTERNAL'
  const lines = [`${paint('red', 'error:')} ${clean(error.message)} ${paint('dim', `(${error.code})`)}`]
  for (const reason of reasons(error)) lines.push(`  ${label('why')} ${reason}`)
  for (const line of logLines(error)) lines.push(`  ${paint('dim', '|')} ${clean(line)}`)
  const logFile = error.details?.['logFile']
  if (typeof logFile === 'string' && !error.hint.includes(logFile)) lines.push(`  ${label('log')} ${clean(logFile)}`)
  lines.push(`  ${label('fix')} ${clean(error.hint)}`)
  lines.push(`  ${label('more')} 0g explain ${error.code}`)
  if (showStack)
    for (const link of causes(error)) if (link instanceof Error) lines.push(indent(link.stack ?? String(link)))
  return `${lines.join('\n')}\n`
}

function reasons(error: OgError): string[] {
  const said = [error.message]
  const found: string[] = []
  for (const link of causes(error.cause)) {
    const message = link instanceof Error ? link.message : String(link)
    const isSaid = !message || said.some((text) => text.includes(message))
    // What the system said (`ENOENT: no such file …`) is what the error already says in words.
    if (isSaid || classifySystemError(link)?.code === error.code) continue
    said.push(message)
    found.push(clean(message.split('\n')[0] ?? ''))
  }
  return found.slice(0, 3)
}

function logLines(error: OgError): string[] {
  const lines = error.details?.['logLines']
  return Array.isArray(lines) ? lines.slice(-20).map(String) : []
}

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stderr })
}

function label(text: string): string {
  return paint('bold', `${text}:`.padEnd(5))
}

function indent(text: string): string {
  return clean(text).replace(/^/gm, '  ')
}
