import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openModelCache } from './model-cache.ts'
import { folderRoot } from './model-folder.ts'

let base: string
let source: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'og-cache-'))
  source = join(base, 'source')
  await mkdir(join(source, 'onnx'), { recursive: true })
  await writeFile(join(source, 'config.json'), '{}')
  await writeFile(join(source, 'onnx', 'model.onnx'), 'weights')
})
afterEach(() => rm(base, { recursive: true, force: true }))

test('a copy lies under its root, again and again, and follows its source', async () => {
  const cache = await openModelCache(base)
  const first = await cache.copyOf(source)
  expect(first.root).toBe(await folderRoot(source))
  expect(await cache.copyOf(source)).toEqual(first)
  await writeFile(join(source, 'config.json'), '{"changed":true}')
  const second = await cache.copyOf(source)
  expect(second.root).not.toBe(first.root)
  expect(await readFile(join(second.dir, 'config.json'), 'utf8')).toContain('changed')
})

test('a damaged copy is found out and made anew', async () => {
  const cache = await openModelCache(base)
  const { root, dir } = await cache.copyOf(source)
  await writeFile(join(dir, 'onnx', 'model.onnx'), 'other weights')
  expect(await cache.find(root)).toBeUndefined()
  expect(await folderRoot((await cache.copyOf(source)).dir)).toBe(root)
})

test('content of another root never takes a place, and nothing half-done stays', async () => {
  const cache = await openModelCache(base)
  const wanted = `0x${'12'.repeat(32)}` as const
  const fill = (target: string) => writeFile(join(target, 'config.json'), 'x')
  await expect(cache.add(wanted, fill)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  await expect(cache.add(wanted, () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off')
  expect(await readdir(join(base, 'models'))).toEqual([])
})

test('no folder, no model', async () => {
  const cache = await openModelCache(base)
  await expect(cache.copyOf(join(base, 'nothing'))).rejects.toMatchObject({ code: 'MODEL_INVALID' })
})
