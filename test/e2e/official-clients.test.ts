import { join } from 'node:path'
import { execaNode } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { peerBinary } from '../../scripts/peers.mjs'
import { openWorkshop, type Workshop } from '../helpers/e2e-network.ts'
import { ROOT } from '../helpers/run-cli.ts'

const OTHER_MODES = ['--engine', 'anvil', '--chain-id', '4242', '--hardfork', 'cancun', '--finalized-lag', '2']

// The published SDKs, each in a program of its own as a user would write it, given nothing but the manifest.
describe.each([[[]], [OTHER_MODES]])('official clients against `0g devnet up` %j', (modes) => {
  let workshop: Workshop
  beforeAll(async () => {
    workshop = await openWorkshop()
    const env = modes.length === 0 ? {} : { OG_ANVIL: peerBinary('anvil') }
    const { exitCode, stdout } = await workshop.og(['devnet', 'up', '--detach', '--json', ...modes], { env })
    expect(exitCode, stdout).toBe(0)
  })
  afterAll(async () => {
    await workshop?.[Symbol.asyncDispose]()
  })

  /** Runs a program of test/e2e/programs; its last line of stdout is its result as JSON. */
  async function program(name: string): Promise<unknown> {
    const { stdout } = await execaNode({ cwd: workshop.home })(join(ROOT, 'test', 'e2e', 'programs', name), [
      join(workshop.home, '.0g', 'default', 'manifest.json'),
    ])
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  }

  test('@0gfoundation/0g-ts-sdk uploads and downloads', async () => {
    expect(await program('storage-sdk.mjs')).toEqual({
      1: { same: true },
      262145: { same: true },
      5242881: { same: true },
    })
  })

  test('@0gfoundation/0g-compute-ts-sdk lists, pays, asks and verifies', async () => {
    expect(await program('compute-sdk.mjs')).toMatchObject({
      listed: true,
      plain: { verified: true, answered: true },
      streamed: { verified: true, answered: true },
    })
  })
})
