import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ControlClient } from './control-client.ts'
import { requireOwnSocketDir } from './socket-dir.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'og-socket-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(directory, { recursive: true, force: true })
})

describe('the directory of a control socket', () => {
  test('our own, or none yet', async () => {
    await requireOwnSocketDir(directory)
    await requireOwnSocketDir(join(directory, 'none'))
  })

  test("a link, a file, or another user's directory is not spoken to", async () => {
    mkdirSync(join(directory, 'real'))
    symlinkSync(join(directory, 'real'), join(directory, 'link'))
    writeFileSync(join(directory, 'file'), '')
    for (const name of ['link', 'file'])
      await expect(requireOwnSocketDir(join(directory, name))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(4_000_000)
    const client = new ControlClient(join(directory, 'real', 'ctl.sock'))
    await expect(client.status()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })
})
