import { readFileSync } from 'node:fs'
import type { Abi, AbiParameter } from 'viem'
import { toEventSelector, toFunctionSelector, toFunctionSignature } from 'viem'
import { describe, expect, test } from 'vitest'
import { contractAbi } from '../../src/contracts/abi.ts'
import { published } from '../helpers/published-compute.ts'

type Sheet = Record<'functions' | 'errors' | 'events', Record<string, string>>
type Name = 'LedgerManager' | 'InferenceServing'

const SHEET = JSON.parse(readFileSync(new URL('../vectors/compute-abi.json', import.meta.url), 'utf8')) as Record<
  Name,
  Sheet
>

/** A parameter list with the names and order of struct fields, which clients read by. */
function shape(parameters: readonly AbiParameter[]): unknown {
  return parameters.map((parameter) => ({
    name: parameter.name,
    type: parameter.type,
    ...('indexed' in parameter ? { indexed: parameter.indexed } : {}),
    ...('components' in parameter ? { fields: shape(parameter.components) } : {}),
  }))
}

/** Everything that reaches the wire, per entry of an ABI. */
function wire(abi: Abi): Map<string, unknown> {
  const entries = new Map<string, unknown>()
  for (const item of abi) {
    if (item.type === 'function')
      entries.set(`function ${item.name}`, {
        selector: toFunctionSelector(item),
        inputs: shape(item.inputs),
        outputs: shape(item.outputs),
        stateMutability: item.stateMutability,
      })
    if (item.type === 'event')
      entries.set(`event ${item.name}`, { topic: toEventSelector(item), inputs: shape(item.inputs) })
    if (item.type === 'error')
      entries.set(`error ${item.name}`, {
        signature: toFunctionSignature({ ...item, type: 'function', outputs: [], stateMutability: 'view' }),
        inputs: shape(item.inputs),
      })
  }
  return entries
}

describe.each(['LedgerManager', 'InferenceServing'] as const)('%s', (name) => {
  const abi = contractAbi(name) as Abi

  test('selectors, error selectors and event topics are those of the spec sheet (compute §2.1, §2.2)', () => {
    const sheet = SHEET[name]
    const functions = Object.fromEntries(
      abi.flatMap((item) => (item.type === 'function' ? [[item.name, toFunctionSelector(item)]] : [])),
    )
    const errors = Object.fromEntries(
      abi.flatMap((item) => {
        if (item.type !== 'error') return []
        const signature = toFunctionSignature({ ...item, type: 'function', outputs: [], stateMutability: 'view' })
        return [[signature, toFunctionSelector(signature)]]
      }),
    )
    const events = Object.fromEntries(
      abi.flatMap((item) => (item.type === 'event' ? [[item.name, toEventSelector(item)]] : [])),
    )
    expect(functions).toMatchObject(sheet.functions)
    expect(errors).toMatchObject(sheet.errors)
    for (const [event, topic] of Object.entries(sheet.events))
      expect([event, events[event]?.slice(0, topic.length)]).toEqual([event, topic])
  })

  test('every function, event and error of the published ABI is there, with its names, fields and order', () => {
    const ours = wire(abi)
    for (const [entry, expected] of wire(published(name).abi))
      expect([entry, ours.get(entry)]).toEqual([entry, expected])
  })
})
