import { existsSync, readlinkSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { getDirectory } from '../../src/client/storage/get.ts'
import { putBytes, putDirectory } from '../../src/client/storage/put.ts'
import { restoreDirectory } from '../../src/client/storage/restore-directory.ts'
import {
  type DirectoryNode,
  decodeDirectory,
  encodeDirectory,
  leadsOutside,
} from '../../src/protocol/storage/directory.ts'
import { type StorageNetwork, startStorageNetwork } from '../helpers/storage-network.ts'

/** Directories as somebody else may have stored them, and names a local directory may have. */
let network: StorageNetwork
beforeAll(async () => {
  network = await startStorageNetwork()
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
})
const put = () => ({ profile: network.profile, wallet: network.wallet })

describe('hostile directories', () => {
  test.each(['/etc/passwd', '../outside', 'self/..', 'a/../../outside', '..', 'C:\\windows', '\\\\host\\share', ''])(
    'a link to %j is refused before anything is written',
    async (link) => {
      const manifest = encodeDirectory({
        name: '/',
        type: 'directory',
        entries: [
          { name: 'a', type: 'file' },
          { name: 'z', type: 'symbolic', link },
        ],
      })
      const { root } = await putBytes(manifest, put())
      const target = join(network.directory, `out-${Buffer.from(link).toString('hex')}`)
      await expect(getDirectory(root, target, { profile: network.profile })).rejects.toMatchObject({
        code: 'LINK_LEADS_OUT',
      })
      expect(existsSync(target)).toBe(false)
    },
  )

  test('a link that stays inside is restored, one that leads out when asked for', async () => {
    const inside: DirectoryNode = { name: 'l', type: 'symbolic', link: '../f' }
    const entries: DirectoryNode[] = [
      { name: 'd', type: 'directory', entries: [inside] },
      { name: 'f', type: 'file' },
      { name: 'o', type: 'symbolic', link: '/etc/hosts' },
    ]
    const target = join(network.directory, 'links')
    const options = { profile: network.profile, outsideLinks: true }
    await restoreDirectory({ name: '/', type: 'directory', entries }, target, options)
    expect(readlinkSync(join(target, 'd', 'l'))).toBe('../f')
    expect(readlinkSync(join(target, 'o'))).toBe('/etc/hosts')
  })

  test('no path of names and dots that stays inside is taken for one that leaves, and no other way round', () => {
    const parts = fc.array(fc.constantFrom('..', '.', 'a', 'b', ''), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.nat(3), parts, (depth, segments) => {
        const link = segments.join('/')
        if (link === '' || link.startsWith('/')) return
        const names = segments.filter((part) => part !== '.' && part !== '')
        const up = names.findIndex((part) => part !== '..')
        const leaves = up < 0 ? names.length > depth : up > depth || names.slice(up).includes('..')
        expect(leadsOutside([...Array<string>(depth).fill('d'), 'link'].join('/'), link)).toBe(leaves)
      }),
    )
  })

  test('what decodes has only names that stay in their directory', () => {
    const name = fc.oneof(
      fc.constantFrom('..', '.', '', 'a/b', 'a\\b', '/x', 'a\u0000', '__proto__', 'con'),
      fc.string(),
    )
    const node = fc.record(
      {
        name,
        type: fc.constantFrom('file', 'directory', 'symbolic', 'x'),
        roots: fc.jsonValue(),
        size: fc.jsonValue(),
        link: fc.jsonValue(),
        entries: fc.jsonValue(),
      },
      { requiredKeys: ['name', 'type'] },
    )
    const empty = encodeDirectory({ name: '/', type: 'directory' })
    const header = empty.subarray(0, 34)
    const manifest = fc.oneof(
      fc.array(node).map((entries) => JSON.stringify({ name: '/', type: 'directory', entries })),
      fc.json(),
      fc.constant(
        `{"name":"/","type":"directory","entries":${'[{"name":"a","type":"directory","entries":'.repeat(50_000)}`,
      ),
    )
    fc.assert(
      fc.property(manifest, (json) => {
        const decoded = decodeDirectory(Buffer.concat([header, Buffer.from(json)]))
        for (const entry of decoded?.entries ?? []) {
          expect(entry.name).not.toMatch(/[/\\\0]/)
          expect(['', '.', '..']).not.toContain(entry.name)
        }
      }),
    )
  })

  test('the longest names a file system takes come back', async () => {
    const source = join(network.directory, 'long')
    const longest = 'n'.repeat(255)
    await mkdir(source)
    await writeFile(join(source, longest), 'content')
    const { root } = await putDirectory(source, put())
    const target = join(network.directory, 'long-again')
    await getDirectory(root, target, { profile: network.profile })
    expect(await readFile(join(target, longest), 'utf8')).toBe('content')
  })

  test.runIf(process.platform !== 'win32')(
    'a name that could not be read back is refused before it is paid for',
    async () => {
      const source = join(network.directory, 'backslash')
      await mkdir(source)
      await writeFile(join(source, 'a\\b'), 'content')
      await expect(putDirectory(source, put())).rejects.toMatchObject({ code: 'PATH_UNUSABLE' })
    },
  )

  test('links in a folder are stored as links, wherever they lead and even in circles', async () => {
    const source = join(network.directory, 'circle')
    await mkdir(source)
    await symlink('.', join(source, 'self'))
    await symlink('/etc/passwd', join(source, 'out'))
    await symlink('nowhere', join(source, 'dangling'))
    const { root } = await putDirectory(source, put())
    await expect(
      getDirectory(root, join(network.directory, 'circle-again'), { profile: network.profile }),
    ).rejects.toMatchObject({ code: 'LINK_LEADS_OUT' })
  })
})
