import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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

const copy = (target: string) => cp(source, target, { recursive: true })

test('content lies under its root', async () => {
  const cache = await openModelCache(base)
  const root = await folderRoot(source)
  expect(await cache.find(root)).toBeUndefined()
  const dir = await cache.add(root, copy)
  expect(await cache.find(root)).toBe(dir)
  expect(await readFile(join(dir, 'onnx', 'model.onnx'), 'utf8')).toBe('weights')
})

test('a damaged copy is found out and removed', async () => {
  const cache = await openModelCache(base)
  const root = await folderRoot(source)
  const dir = await cache.add(root, copy)
  await writeFile(join(dir, 'onnx', 'model.onnx'), 'other weights')
  expect(await cache.find(root)).toBeUndefined()
  expect(await readdir(join(base, 'models'))).toEqual([])
})

test('content of another root never takes a place, and nothing half-done stays', async () => {
  const cache = await openModelCache(base)
  const wanted = `0x${'12'.repeat(32)}` as const
  const fill = (target: string) => writeFile(join(target, 'config.json'), 'x')
  await expect(cache.add(wanted, fill)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  await expect(cache.add(wanted, () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off')
  expect(await readdir(join(base, 'models'))).toEqual([])
})
