import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DirectoryNode,
  decodeDirectory,
  encodeDirectory,
  findInDirectory,
  isDirectory,
  walkDirectory,
} from './directory.ts'
import { hashBytes } from './keccak.ts'

const root = `0x${'ab'.repeat(32)}` as const
const encodeRaw = (version: number, json: unknown): Uint8Array => {
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  const magic = hashBytes(new TextEncoder().encode('0g-storage-client-dir-codec'))
  return Buffer.concat([magic, Buffer.from([version >> 8, version & 255]), Buffer.from(text)])
}
const withEntry = (entry: object) => encodeRaw(2, { name: '/', type: 'directory', entries: [entry] })

const names = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((name) => !/[/\\\0]/.test(name) && name !== '.' && name !== '..')
const trees = fc.letrec<{ node: DirectoryNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.record({
      name: names,
      type: fc.constant('file' as const),
      roots: fc.constantFrom<DirectoryNode['roots'] & object>([root]),
      size: fc.integer({ min: 1, max: 2 ** 50 }),
    }),
    fc.record({ name: names, type: fc.constant('symbolic' as const), link: fc.string({ minLength: 1 }) }),
    fc.record({
      name: names,
      type: fc.constant('directory' as const),
      entries: fc.uniqueArray(tie('node'), { maxLength: 4, selector: ({ name }) => name }),
    }),
  ),
})).node

function sorted(node: DirectoryNode): DirectoryNode {
  if (node.type !== 'directory') return node
  return { ...node, entries: (node.entries ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(sorted) }
}

describe('directory manifests', () => {
  test('come back as they were, entries sorted', () => {
    fc.assert(
      fc.property(fc.uniqueArray(trees, { maxLength: 5, selector: ({ name }) => name }), (entries) => {
        const directory = { name: '/', type: 'directory' as const, entries }
        expect(decodeDirectory(encodeDirectory(directory))).toEqual(sorted(directory))
      }),
    )
  })

  test('the bytes: magic, version 2, JSON without empty fields', () => {
    const bytes = encodeDirectory({ name: 'x', type: 'directory', entries: [{ name: 'a', type: 'file', size: 0 }] })
    expect(bytes).toEqual(
      new Uint8Array(encodeRaw(2, { name: '/', type: 'directory', entries: [{ name: 'a', type: 'file' }] })),
    )
    expect(isDirectory(bytes)).toBe(true)
  })

  test('version 1 with a single hash is read', () => {
    const bytes = encodeRaw(1, {
      name: '/',
      type: 'directory',
      entries: [{ name: 'a', type: 'file', hash: root, size: 3 }],
    })
    expect(decodeDirectory(bytes)?.entries).toEqual([{ name: 'a', type: 'file', roots: [root], size: 3 }])
  })

  test.each([
    ['a name that leaves the directory', withEntry({ name: '..', type: 'file' })],
    ['a name with a slash', withEntry({ name: 'a/b', type: 'file' })],
    ['a name with a backslash', withEntry({ name: 'a\\b', type: 'file' })],
    ['an empty name', withEntry({ name: '', type: 'file' })],
    ['an unknown type', withEntry({ name: 'a', type: 'device' })],
    ['a root that is none', withEntry({ name: 'a', type: 'file', roots: ['0x12'] })],
    ['a negative size', withEntry({ name: 'a', type: 'file', size: -1 })],
    [
      'names that repeat',
      encodeRaw(2, {
        name: '/',
        type: 'directory',
        entries: [
          { name: 'a', type: 'file' },
          { name: 'a', type: 'file' },
        ],
      }),
    ],
    ['version 3', encodeRaw(3, { name: '/', type: 'directory' })],
    ['a file as root node', encodeRaw(2, { name: '/', type: 'file' })],
    ['half a JSON', encodeRaw(2, '{"name":"/"')],
    ['no header', Buffer.from('{"name":"/","type":"directory"}')],
  ])('%s is refused', (_, bytes) => {
    expect(decodeDirectory(bytes)).toBeUndefined()
  })

  test('garbage never throws', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.uint8Array(),
        (json, bytes) => void [decodeDirectory(encodeRaw(2, json)), decodeDirectory(bytes)],
      ),
    )
  })

  test('paths are found and walked', () => {
    const file: DirectoryNode = { name: 'b', type: 'file', roots: [root], size: 1 }
    const directory: DirectoryNode = {
      name: '/',
      type: 'directory',
      entries: [{ name: 'a', type: 'directory', entries: [file] }],
    }
    expect(findInDirectory(directory, '/a/b')).toBe(file)
    expect(findInDirectory(directory, '')).toBe(directory)
    expect(findInDirectory(directory, 'a/c')).toBeUndefined()
    expect([...walkDirectory(directory)].map(({ path }) => path)).toEqual(['a', 'a/b'])
  })
})
