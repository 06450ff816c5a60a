import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feeWei, flowOf, readPriceWei, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { type DirectoryNode, encodeDirectory } from '../../src/protocol/storage/directory.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

type Answer = { status: number; body: Buffer; json: { code: number; data: unknown }; disposition: string | undefined }

let network: StorageNetwork
let folder: string
const big = vectorContent(600_000, 4)

beforeAll(async () => {
  network = await startStorageNetwork()
  const fragments = await Promise.all([
    put(big.subarray(0, 262_144)),
    put(big.subarray(262_144, 524_288)),
    put(big.subarray(524_288)),
  ])
  // Two files of one root: only the folder knows that the second ends in zeros.
  const short = await put(Buffer.from('abc'))
  folder = await put(
    encodeDirectory({
      name: '/',
      type: 'directory',
      entries: [
        { name: 'big.bin', type: 'file', roots: fragments, size: big.length },
        { name: 'empty', type: 'file' },
        { name: 'link', type: 'symbolic', link: '../../etc/passwd' },
        { name: 'a b%.txt', type: 'file', roots: [short], size: 3 },
        { name: 'zeros.txt', type: 'file', roots: [short], size: 5 },
        { name: 'false.txt', type: 'file', roots: [short], size: 5000 },
        { name: 'huge', type: 'file', roots: [short], size: 2 ** 40 },
        { name: 'lost', type: 'file', roots: [`0x${'56'.repeat(32)}`], size: 3 },
        { name: 'docs', type: 'directory', entries: [{ name: 'readme.md', type: 'file', roots: [short], size: 3 }] },
      ],
    }),
  )
})
afterAll(() => network[Symbol.asyncDispose]())

async function put(content: Uint8Array): Promise<`0x${string}`> {
  return (await putBytes(content, { profile: network.profile, wallet: network.wallet })).root
}

/** The path as it is: fetch would resolve its dots. */
async function get(path: string, method = 'GET', body = ''): Promise<Answer> {
  const { hostname, port } = new URL(network.indexer.url)
  return await new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(parts)
        resolve({
          status: response.statusCode ?? 0,
          body: whole,
          disposition: response.headers['content-disposition'],
          get json() {
            return JSON.parse(whole.toString('utf8')) as Answer['json']
          },
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('folders', () => {
  test('are listed, at their root and below', async () => {
    for (const path of [`/file/${folder}`, `/file/${folder}/`, `//file//${folder}//`]) {
      const { status, json } = await get(path)
      expect(status).toBe(200)
      expect(json).toMatchObject({ code: 0, data: expect.arrayContaining([{ name: 'docs', type: 'directory' }]) })
      expect(json.data).toContainEqual({ name: 'big.bin', type: 'file', size: 600_000 })
    }
    expect((await get(`/file/${folder}/docs`)).json).toEqual({
      code: 0,
      message: 'Success',
      data: [{ name: 'readme.md', type: 'file', size: 3 }],
    })
  })

  test('are found by transaction number too', async () => {
    const info = (await get(`/file/info/${folder}`)).json.data as { tx: { seq: number } }
    expect((await get(`/file/${info.tx.seq}/docs/readme.md`)).body.toString()).toBe('abc')
  })

  test('hand out their files: of several roots, empty, with odd names, with zeros at the end', async () => {
    const { body, disposition } = await get(`/file/${folder}/big.bin`)
    expect(body.equals(big)).toBe(true)
    expect(disposition).toBe('attachment; filename="big.bin"')
    expect((await get(`/file/${folder}/empty`)).body.length).toBe(0)
    expect((await get(`/file/${folder}/a%20b%25.txt`)).body.toString()).toBe('abc')
    expect((await get(`/file/${folder}/zeros.txt`)).body.toString()).toBe('abc\0\0')
  })

  test('a link is described, not followed', async () => {
    const link: DirectoryNode = { name: 'link', type: 'symbolic', link: '../../etc/passwd' }
    expect((await get(`/file/${folder}/link`)).json).toMatchObject({ code: 0, data: link })
  })

  test.each([
    ['nothing', 104],
    ['docs/nothing', 104],
    ['empty/below', 104],
    ['link/passwd', 104],
    ['../etc/passwd', 104],
    ['docs/../docs', 104],
    ['%2e%2e/%2e%2e/etc/passwd', 104],
    ['..%2f..%2fetc%2fpasswd', 104],
    ['docs%2freadme.md', 104],
    ['%00', 104],
    ['%zz', 1],
    ['lost', 101],
    ['huge', 105],
    ['false.txt', 106],
  ])('/%s: code %i', async (path, code) => {
    const { status, json } = await get(`/file/${folder}/${path}`)
    expect(status).toBe(200)
    expect(json.code).toBe(code)
    if (code === 105) expect(json.data).toEqual({ actual: 2 ** 40, max: 100 * 1024 ** 2 })
  })

  test('an ordinary file is no folder, an unknown one is none either, a number is no root', async () => {
    const file = await put(vectorContent(1000, 8))
    expect((await get(`/file/${file}/x`)).json.code).toBe(106)
    expect((await get(`/file/0x${'12'.repeat(32)}/x`)).json.code).toBe(101)
    expect((await get('/file/99999999999999999999/x')).json.code).toBe(101)
    expect((await get('/file/nonsense/x')).json.code).toBe(1)
  })
})

describe('forms of asking', () => {
  test('a file by root or number, with and without a name', async () => {
    const root = await put(vectorContent(300_000, 6))
    const { seq } = ((await get(`/file/info/${root}`)).json.data as { tx: { seq: number } }).tx
    const byRoot = await get(`/file?root=${root.toUpperCase().replace('0X', '0x')}`)
    expect(byRoot.body.equals(vectorContent(300_000, 6))).toBe(true)
    expect(byRoot.disposition).toBe(`attachment; filename="${root}"`)
    const bySeq = await get(`/file/?txSeq=${seq}&name=..%2F%22x%0a.bin`)
    expect(bySeq.body.equals(byRoot.body)).toBe(true)
    expect(bySeq.disposition).toBe('attachment; filename="..%2F%22x%0A.bin"')
    for (const query of ['', '?root=', `?root=${seq}`, '?txSeq=-1', '?txSeq=x', `?txSeq=${root}`]) {
      expect((await get(`/file${query}`)).json.code).toBe(1)
    }
  })

  test('information on several files', async () => {
    const many = Array.from({ length: 101 }, () => 'cid=0').join('&')
    expect((await get(`/files/info?${many}`)).json.code).toBe(1)
    const { json } = await get(`/files/info?cid=${folder}&cid=0&cid=99999&cid=x`)
    expect(json).toMatchObject({
      code: 0,
      data: [{ tx: { dataMerkleRoot: folder } }, { tx: { seq: 0 } }, null, 'Invalid parameter'],
    })
    expect((await get('/files/info')).json).toMatchObject({ code: 0, data: [] })
  })

  test('what is no endpoint', async () => {
    for (const [path, method] of [
      ['/', 'GET'],
      ['//', 'GET'],
      ['/nowhere', 'GET'],
      ['/files', 'GET'],
      ['/file/segment/x', 'POST'],
      ['/file', 'DELETE'],
    ] as const) {
      expect(await get(path, method)).toMatchObject({ status: 404, json: { code: 1 } })
    }
    // Neither path is a URL of its own; the server outlives them.
    for (const path of ['//', '/%']) expect((await get(path, 'POST', '{}')).status).toBeLessThan(500)
    expect((await get('/node/status')).json.code).toBe(0)
  })
})

describe('POST /file/segment', () => {
  const content = vectorContent(1000, 11)
  const tree = fileTreeOf(content)
  const segment = () => ({
    root: tree.root,
    txSeq: null as number | null,
    data: Buffer.concat([content, new Uint8Array(24)]).toString('base64'),
    index: 0,
    proof: tree.proof(0),
    expectedReplica: 1,
  })
  const post = async (body: unknown) => (await get('/file/segment', 'POST', JSON.stringify(body))).json

  test('needs the submission, then checks everything', async () => {
    expect((await post(segment())).code).toBe(101)
    const flow = flowOf(network.profile)
    const files = [{ sizeBytes: content.length, nodes: tree.nodes }]
    const valueWei = feeWei(files, await readPriceWei(flow))
    const { submissions } = await submitFiles(flow, files, { wallet: network.wallet, valueWei })
    const txSeq = submissions[0]?.txSeq as number
    await expect.poll(async () => (await get(`/file/info/${txSeq}`)).json.code).toBe(0)
    for (const wrong of [{ index: 1.5 }, { index: -1 }, { data: 7 }, { proof: {} }, { txSeq: 0 }, { root: 'x' }]) {
      expect((await post({ ...segment(), ...wrong })).code).toBe(1)
    }
    for (const body of ['', 'null', '[]', '7', '{']) {
      expect((await get('/file/segment', 'POST', body)).json.code).toBe(1)
    }
    const flipped = Buffer.from(segment().data, 'base64')
    flipped[3] = (flipped[3] as number) ^ 1
    const refused = await get(
      '/file/segment',
      'POST',
      JSON.stringify({ ...segment(), data: flipped.toString('base64') }),
    )
    expect(refused).toMatchObject({ status: 600, json: { code: 2 } })
    expect(await post({ ...segment(), txSeq })).toMatchObject({ code: 0, data: 'Succeeded to upload segment' })
    expect((await get(`/file?root=${tree.root}`)).body.equals(content)).toBe(true)
  })
})
