import { formatAmount } from '../client/chain/amount.ts'
import type { Trace, TraceCall } from '../client/chain/trace.ts'
import { showArgs } from './show-decoded.ts'
import { oneLine } from './terminal-text.ts'

/** The calls of a transaction as a tree, one line each. */
export function renderTrace({ call, status, gasUsed }: Trace): string {
  return [...callLines(call, `${call.from} → `), `${status}, ${gasUsed} gas`].join('\n')
}

function callLines(call: TraceCall, prefix = ''): string[] {
  const children = call.steps.map((step) => {
    if (step.kind === 'call') return callLines(step)
    if (step.kind === 'console') return [`console.log: ${oneLine(step.line)}`]
    const event =
      step.event === null ? `${step.topics.join(' ')} ${step.data}` : `${step.event}(${showArgs(step.args)})`
    return [`emit ${step.contract} ${oneLine(event)}`]
  })
  const end = call.error === null ? resultOf(call) : `✗ ${oneLine(call.error)}`
  if (end !== '') children.push([end])
  return [prefix + headOf(call), ...children.flatMap((lines, at) => indent(lines, at === children.length - 1))]
}

function headOf({ type, to, function: name, args, input, valueWei, gasUsed }: TraceCall): string {
  const call =
    name === null
      ? type.startsWith('CREATE') || input === '0x'
        ? ''
        : `.${input.slice(0, 10)}`
      : `.${name}(${showArgs(args)})`
  const target = type.startsWith('CREATE') ? `new contract ${to ?? ''}`.trim() : `${to ?? ''}${oneLine(call)}`
  const how = type === 'CALL' || type.startsWith('CREATE') ? '' : `  [${type.toLowerCase()}]`
  const value = valueWei > 0n ? `  ${formatAmount(valueWei)} 0G` : ''
  return `${target}${value}  ${gasUsed} gas${how}`
}

function resultOf({ outputs, output, type }: TraceCall): string {
  if (outputs.length > 0) return `= ${oneLine(showArgs(outputs))}`
  return output === '0x' || type.startsWith('CREATE')
    ? ''
    : `= ${output.length > 74 ? `${output.slice(0, 74)}…` : output}`
}

function indent([first = '', ...rest]: readonly string[], isLast: boolean): string[] {
  return [`${isLast ? '└─' : '├─'} ${first}`, ...rest.map((line) => `${isLast ? '  ' : '│ '} ${line}`)]
}
