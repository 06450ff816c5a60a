import * as AbiItem from 'ox/AbiItem'
import { decodeParameters } from './decode-abi.ts'
import type { Hex } from './rpc.ts'

/** Where Hardhat's and Foundry's console libraries send what a contract logs; no code stands there. */
export const CONSOLE_ADDRESS: Hex = '0x000000000000000000636f6e736f6c652e6c6f67'

const BASIC = ['uint256', 'string', 'bool', 'address']
let signatures: Map<string, string[]> | undefined

/** The line of a call to the console, with the values joined as `console.log` joins them; undefined when it is none. */
export function consoleLine(data: Hex): string | undefined {
  signatures ??= new Map(
    consoleTypes().map((types) => [AbiItem.getSelector(`function log(${types.join(',')})`), types]),
  )
  const types = signatures.get(data.slice(0, 10))
  const decoded =
    types &&
    decodeParameters(
      types.map((type) => ({ type })),
      `0x${data.slice(10)}`,
    )
  return decoded && format(decoded.values)
}

/** Every parameter list of hardhat/console.sol: up to four of the basic types, and one of the others. */
function consoleTypes(): string[][] {
  const lists: string[][] = [[]]
  for (let at = 0; at < lists.length; at++) {
    const list = lists[at] ?? []
    if (list.length < 4) lists.push(...BASIC.map((type) => [...list, type]))
  }
  const sized = Array.from({ length: 32 }, (_, at) => [`bytes${at + 1}`])
  return [...lists, ['int256'], ['bytes'], ...sized]
}

/** `%s` and `%d` in a first text are filled with what follows, as in JavaScript. */
function format([first, ...others]: readonly unknown[]): string {
  const rest = others.map(String)
  const filled =
    typeof first === 'string' ? first.replace(/%[sdiox]/g, (mark) => rest.shift() ?? mark) : String(first ?? '')
  return [filled, ...rest].join(' ')
}
