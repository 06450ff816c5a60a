import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HealReport } from '../../src/client/storage/heal.ts'
import { openWorkshop, rpc, type Workshop } from '../helpers/e2e-network.ts'
import { startCli } from '../helpers/run-cli.ts'

type Status = { services: { name: string; shard?: string; status: string }[] }
type Sharded = { discovered: { url: string; config: object }[] }

// Two storage nodes for each shard, as a person starts them; then one loses its disk, and another one joins by hand.
let workshop: Workshop
let root: string
beforeAll(async () => {
  workshop = await openWorkshop()
  await writeFile(join(workshop.home, 'file.bin'), randomBytes(2_000_001))
  await workshop.data(['devnet', 'up', '--replicas', '2', '--detach'])
  root = (await workshop.data<{ root: string }>(['storage', 'put', 'file.bin'])).root
})
afterAll(async () => {
  await workshop?.[Symbol.asyncDispose]()
})

test('devnet status shows every copy with its shard', async () => {
  const { services } = await workshop.data<Status>(['devnet', 'status'])
  const nodes = services.filter(({ name }) => /^storage-\d/.test(name)).map(({ name, shard }) => `${name} ${shard}`)
  expect(nodes).toEqual(['storage-0 0/2', 'storage-1 1/2', 'storage-0-2 0/2', 'storage-1-2 1/2'])
})

test('put --replicas 2 is done when both copies of every shard have the file', async () => {
  await writeFile(join(workshop.home, 'twice.bin'), randomBytes(1_500_000))
  const put = await workshop.data<{ root: string }>(['storage', 'put', 'twice.bin', '--replicas', '2'])
  const { services } = await workshop.manifest()
  const nodes = services.flatMap(({ name, endpoints }) => (/^storage-\d/.test(name) ? [endpoints['node'] ?? ''] : []))
  const infos = await Promise.all(
    nodes.map((url) => rpc<{ finalized: boolean }>(url, 'zgs_getFileInfo', [put.root, true])),
  )
  expect(infos.map(({ finalized }) => finalized)).toEqual([true, true, true, true])
})

test('a copy that is killed and whose data is deleted is whole again, and heal says so', async () => {
  const { services } = await workshop.manifest()
  const lost = services.find(({ name }) => name === 'storage-0-2')
  await rm(lost?.dataDir ?? '', { recursive: true })
  process.kill(lost?.pid ?? 0, 'SIGKILL')
  expect((await workshop.og(['verify', root])).exitCode).toBe(0)
  const isBack = ({ pid, status, name }: { pid: number | null; status: string; name: string }) =>
    name === 'storage-0-2' && status === 'ready' && pid !== lost?.pid
  await workshop.manifestWhere((manifest) => manifest.services.some(isBack))
  const report = await workshop.data<HealReport>(['storage', 'heal'])
  expect(report.holes).toEqual([])
  expect(report.nodes).toHaveLength(4)
  expect(
    report.nodes.every(({ segments, whole, repaired, lost: gone }) => gone === 0 && whole + repaired === segments),
  ).toBe(true)
})

test.each(['the devnet here', 'a chain and an indexer by URL'])(
  '0g storage node joins %s, is discovered, and ends with Ctrl-C',
  async (what) => {
    const { services } = await workshop.manifest()
    const urlOf = (name: string) => services.flatMap(({ endpoints }) => endpoints[name] ?? [])[0] as string
    const named = what === 'the devnet here' ? [] : ['--chain', urlOf('rpc'), '--peer', urlOf('indexer')]
    const dir = named.length === 0 ? 'third' : 'fourth'
    const args = ['storage', 'node', '--shard', '1/2', '--data-dir', dir, ...named]
    const node = startCli(args, { cwd: workshop.home })
    await node.said('state')
    let joined: Sharded['discovered'] = []
    while (joined.length === 0) joined = (await rpc<Sharded>(urlOf('indexer'), 'indexer_getShardedNodes')).discovered
    expect(joined).toMatchObject([{ config: { shardId: 1, numShard: 2 } }])
    const report = await workshop.data<HealReport>(['storage', 'heal', root])
    expect(report.nodes).toHaveLength(5)
    expect(report.nodes.at(-1)).toMatchObject({ url: joined[0]?.url, lost: 0 })
    node.child.kill('SIGINT')
    expect((await node.ended).exitCode).toBe(0)
  },
)

test('a shard that is none is refused', async () => {
  const refused = await workshop.og(['storage', 'node', '--shard', '3/2', '--json'])
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'SHARD_INVALID' } })
})
