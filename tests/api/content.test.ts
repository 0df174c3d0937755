import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, renameSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { makeKey } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { startWeb } from '#tests/support/web.ts'

// Bytes from a client through a real web, its worker's private socket and back.

const depot = await openDepot()
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const key = await makeKey(depot.ctx, 'operator')
const bearer = { authorization: `Bearer ${key}` }
const address = (path: string, more = '') =>
  `${web.url}/api/v1/endpoints/${depot.source.id}/content?${new URLSearchParams({ path })}${more}`

describe('a download', () => {
  test.each([
    ['plain.txt', 'attachment; filename="plain.txt"; filename*=UTF-8\'\'plain.txt'],
    [
      'Übung "1" (a).txt',
      'attachment; filename="_bung _1_ (a).txt"; filename*=UTF-8\'\'%C3%9Cbung%20%221%22%20%28a%29.txt',
    ],
    [
      'line\nbreak\u202egpj.exe',
      'attachment; filename="line_break_gpj.exe"; filename*=UTF-8\'\'line%0Abreak%E2%80%AEgpj.exe',
    ],
  ])('of %j has its exact bytes and its exact name', async (name, disposition) => {
    const content = randomBytes(70_000)
    await plant(depot.in, { [name]: content })
    const answer = await fetch(address(name), { headers: bearer })
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...{ 'content-length': '70000', 'content-type': 'application/octet-stream' },
      ...{ 'content-disposition': disposition, 'x-content-type-options': 'nosniff' },
      'cache-control': expect.stringContaining('no-store'),
      'content-security-policy': expect.stringMatching(/default-src 'none'.*; sandbox$/),
    })
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
  })

  test('can be resumed', async () => {
    await plant(depot.in, { letters: 'abcdefghij' })
    const part = await fetch(address('letters'), { headers: { ...bearer, range: 'bytes=7-' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 7-9/10',
      'hij',
    ])
  })

  test('of nothing is a problem in words', async () => {
    const answer = await fetch(address('nothing'), { headers: bearer })
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { detail: expect.stringContaining('not there') },
    ])
  })
})

describe('an upload', () => {
  test('of unknown length is streamed and lands', async () => {
    const parts = Array.from({ length: 40 }, () => randomBytes(100_000))
    const body = Readable.toWeb(Readable.from(parts)) as ReadableStream
    const options = { method: 'PUT', headers: bearer, body, duplex: 'half' } as RequestInit
    const answer = await fetch(address('streamed'), options)
    expect([answer.status, await answer.json()]).toEqual([200, { path: 'streamed', size: 4_000_000 }])
    expect((await fetch(address('streamed'), { headers: bearer })).headers.get('content-length')).toBe(
      '4000000',
    )
  })

  test('does not replace what is there, unless asked', async () => {
    await plant(depot.in, { kept: 'old' })
    const put = (more: string) =>
      fetch(address('kept', more), { method: 'PUT', headers: bearer, body: 'newer' })
    const refused = await put('')
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining('taken') },
    ])
    expect(treeOf(depot.in).kept).toBe('old')
    const again = await put('&overwrite=true')
    expect([again.status, await again.text()]).toEqual([200, expect.anything()])
    expect(treeOf(depot.in).kept).toBe('newer')
  })

  test('cut in the middle leaves nothing, and the next one lands', async () => {
    const folder = join(depot.in, 'cut')
    await plant(folder, { 'there.txt': '' })
    const url = new URL(address('cut/file'))
    const call = request(url, { method: 'PUT', headers: { ...bearer, 'content-length': String(50_000_000) } })
    call.on('error', () => {})
    const closed = once(call, 'close')
    await new Promise<void>((resolve) => call.write(randomBytes(2_000_000), () => resolve()))
    // The worker has begun to write.
    await expect.poll(() => readdirSync(folder).length, { timeout: 30_000 }).toBe(2)
    call.destroy()
    await closed.catch(() => {})
    await expect.poll(() => readdirSync(folder), { timeout: 30_000 }).toEqual(['there.txt'])
    expect((await fetch(address('cut/file'), { method: 'PUT', headers: bearer, body: 'whole' })).status).toBe(
      200,
    )
    expect(treeOf(folder)).toEqual({ 'there.txt': '', file: 'whole' })
  })

  test('with a cookie must come from a page of this server', async () => {
    const cookie = (await signIn(web.url, (await makeUser(depot.database, 'operator')).email))!
    const put = (origin: string) =>
      fetch(address('by-cookie'), { method: 'PUT', headers: { cookie, origin }, body: 'x' })
    expect((await put('http://evil.example')).status).toBe(403)
    expect(Object.keys(treeOf(depot.in))).not.toContain('by-cookie')
    const landed = await put(web.url)
    expect([landed.status, await landed.text()]).toEqual([200, expect.anything()])
  })
})

test('where the web cannot reach the worker’s socket, it says what that means', async () => {
  const other = await openDepot()
  const far = await startWeb(other.database.url, afterAll)
  const worker = await other.worker(afterAll)
  await plant(other.in, { 'a.txt': 'a' })
  const headers = { authorization: `Bearer ${await makeKey(other.ctx, 'operator')}` }
  const get = () => fetch(`${far.url}/api/v1/endpoints/${other.source.id}/content?path=a.txt`, { headers })
  expect(await (await get()).text()).toBe('a')
  // As from another machine: the path leads to nothing.
  renameSync(join(worker.dataDir, 'passage'), join(worker.dataDir, 'elsewhere'))
  const answer = await get()
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { detail: expect.stringContaining('on one machine') },
  ])
})
