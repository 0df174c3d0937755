import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { UnavailableError } from '#lib/errors.ts'
import { countFiles, deleteFiles, makeFolder, renameFile } from '#lib/files/change-files.ts'
import { browseEndpoint, listFiles } from '#lib/files/list-files.ts'
import { downloadFile, type Passage, uploadFile } from '#lib/files/pass-file.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder, treeOf } from '#tests/support/files.ts'
import { breakOff, fetching, passThrough, sending } from '#tests/support/passages.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { whenEnded } from '#tests/support/when.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { db, sql } = depot.database
const ask = asker(db, new LiveHub(sql))
const ctx: Context = { ...depot.ctx.operator, ask }
const viewer: Context = { ...depot.ctx.viewer, ask }
const outside = await tempFolder(afterAll)
await plant(outside, { 'secret.txt': 'outside' })

type Where = { endpoint: Endpoint; folder: string }
const places: Record<string, () => Promise<Where>> = {
  local: async () => ({ endpoint: depot.source, folder: depot.in }),
}
if (!cannotRun('ssh')) {
  const ssh = await startSsh(afterAll)
  const endpoint = await createEndpoint({
    ctx,
    // By key: signed in by a password, the server of the tests lists some folders twice (OpenSSH's own client sees it).
    input: { name: 'nas', type: 'sftp', path: ssh.folder, settings: ssh.keySettings },
  })
  places.sftp = async () => ({ endpoint, folder: ssh.folder })
}

describe.each(Object.keys(places))('files of %s', (kind) => {
  let where: Where
  let id: string
  let at = ''
  let runs = 0
  beforeEach(async () => {
    where = await places[kind]!()
    id = where.endpoint.id
    at = `run-${++runs}`
    await mkdir(join(where.folder, at))
  })
  const seen = () => treeOf(join(where.folder, at))
  const put = (files: Record<string, string | Buffer>) => plant(join(where.folder, at), files)
  const upload = (path: string, body: Buffer | string, more = {}) =>
    uploadFile({ ctx, id, input: { path: `${at}/${path}`, ...more }, send: sending(body) })
  const download = (path: string) =>
    downloadFile({ ctx, id, input: { path: `${at}/${path}` }, open: fetching })

  test('a folder is made once', async () => {
    expect(await makeFolder({ ctx, id, input: { path: `${at}/new folder` } })).toEqual({
      path: `${at}/new folder`,
    })
    expect(readdirSync(join(where.folder, at))).toEqual(['new folder'])
    await expect(makeFolder({ ctx, id, input: { path: `${at}/new folder` } })).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  test('a folder is made once for an Idempotency-Key', async () => {
    const once = { ...ctx, idempotencyKey: `folder-of-${kind}` }
    const input = { path: `${at}/asked twice` }
    const first = await makeFolder({ ctx: once, id, input })
    await deleteFiles({ ctx, id, input })
    expect(await makeFolder({ ctx: once, id, input })).toEqual(first)
    expect(readdirSync(join(where.folder, at))).toEqual([])
    const other = makeFolder({ ctx: once, id, input: { path: `${at}/other` } })
    await expect(other).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('another request'),
    })
  })

  test('files and folders get other names, and taken ones are refused', async () => {
    await put({ 'a.txt': 'a', 'b.txt': 'b', 'deep/er/c.txt': 'c' })
    const rename = (from: string, to: string) =>
      renameFile({ ctx, id, input: { from: `${at}/${from}`, to: `${at}/${to}` } })
    await rename('a.txt', 'ä ☃.txt')
    await rename('deep', 'flat')
    expect(seen()).toEqual({ 'ä ☃.txt': 'a', 'b.txt': 'b', 'flat/er/c.txt': 'c' })
    await expect(rename('ä ☃.txt', 'b.txt')).rejects.toMatchObject({ kind: 'conflict' })
    await expect(rename('b.txt', 'flat')).rejects.toMatchObject({ kind: 'conflict' })
    await expect(rename('gone', 'x')).rejects.toMatchObject({ kind: 'not_found' })
    await expect(rename('flat', 'flat/er/in')).rejects.toMatchObject({ kind: 'conflict' })
    expect(seen()).toEqual({ 'ä ☃.txt': 'a', 'b.txt': 'b', 'flat/er/c.txt': 'c' })
    expect(readdirSync(join(where.folder, at)).sort()).toEqual(['b.txt', 'flat', 'ä ☃.txt'])
  })

  test('what a folder holds is counted, then deleted only when all of it was meant', async () => {
    await put({ 'tree/a.txt': '1234', 'tree/sub/b.txt': '56', 'tree/none/': '', keep: 'k' })
    const input = { path: `${at}/tree` }
    expect(await countFiles({ ctx: viewer, id, input })).toEqual({
      ...{ files: 2, folders: 2, bytes: 6, exact: true },
    })
    const one = { path: `${at}/tree/a.txt` }
    expect(await countFiles({ ctx, id, input: one })).toMatchObject({ files: 1, bytes: 4, exact: true })
    await expect(deleteFiles({ ctx, id, input })).rejects.toMatchObject({ kind: 'conflict' })
    expect(Object.keys(seen())).toHaveLength(3)
    await deleteFiles({ ctx, id, input: { ...input, recursive: 'true' } })
    await expect(deleteFiles({ ctx, id, input })).rejects.toMatchObject({ kind: 'not_found' })
    await deleteFiles({ ctx, id, input: { path: `${at}/keep` } })
    expect(readdirSync(join(where.folder, at))).toEqual([])
  })

  test('bytes pass both ways, exactly', async () => {
    const large = randomBytes(5 * 1024 * 1024 + 17)
    const files = {
      'large.bin': large,
      empty: Buffer.alloc(0),
      ' odd name ?#%&"\u202e.txt': Buffer.from('odd'),
    }
    for (const [name, content] of Object.entries(files)) {
      expect(await upload(name, content)).toEqual({ path: `${at}/${name}`, size: content.length })
      const { status, body, headers } = await download(name)
      expect([name, status, headers['content-length']]).toEqual([name, 200, String(content.length)])
      expect(body.equals(content)).toBe(true)
    }
    expect(readdirSync(join(where.folder, at)).sort()).toEqual(Object.keys(files).sort())
  })

  test('a range is a part', async () => {
    await put({ letters: 'abcdefghij' })
    const open = (passage: Passage) => passThrough(passage, 'GET', undefined, { range: 'bytes=2-4' })
    const part = await downloadFile({ ctx, id, input: { path: `${at}/letters` }, open })
    expect([part.status, part.headers['content-range'], String(part.body)]).toEqual([
      206,
      'bytes 2-4/10',
      'cde',
    ])
  })

  test('a file is replaced only when that is asked', async () => {
    await put({ 'a.txt': 'old', 'folder/': '' })
    await expect(upload('a.txt', 'new')).rejects.toMatchObject({ kind: 'conflict' })
    expect(seen()).toEqual({ 'a.txt': 'old' })
    await upload('a.txt', 'newer', { overwrite: 'true' })
    expect(seen()).toEqual({ 'a.txt': 'newer' })
    await expect(upload('folder', 'x', { overwrite: 'true' })).rejects.toMatchObject({ kind: 'invalid' })
  })

  test.each([
    [10, 1000],
    [3 * 1024 * 1024, 9 * 1024 * 1024],
  ])('an upload cut off after %i bytes leaves nothing, and a second try lands', async (sent, whole) => {
    await put({ 'there.txt': 'there' })
    let passage: Passage | undefined
    const send = async (given: Passage) => {
      passage = given
      await breakOff(given, randomBytes(sent), whole)
      return { ok: false as const, cause: 'cut', message: 'It broke.' }
    }
    await expect(uploadFile({ ctx, id, input: { path: `${at}/cut.bin` }, send })).rejects.toMatchObject({
      kind: 'unavailable',
    })
    expect(passage).toBeDefined()
    await expect.poll(() => readdirSync(join(where.folder, at)), { timeout: 30_000 }).toEqual(['there.txt'])
    await upload('cut.bin', 'whole')
    // The worker may have come to what was cut off only after the first look.
    await expect.poll(seen, { timeout: 30_000 }).toEqual({ 'there.txt': 'there', 'cut.bin': 'whole' })
  })

  test('a ticket is good once, for one direction', async () => {
    await put({ 'a.txt': 'a' })
    const kept: Passage[] = []
    const open = async (passage: Passage) => {
      kept.push(passage)
      return passThrough(passage, 'GET')
    }
    expect(String((await downloadFile({ ctx, id, input: { path: `${at}/a.txt` }, open })).body)).toBe('a')
    const again = await passThrough(kept[0]!, 'GET')
    expect([again.status, JSON.parse(String(again.body)).cause]).toEqual([409, 'ticket'])
    const turned = (passage: Passage) => passThrough(passage, 'PUT', 'x')
    const wrong = await downloadFile({ ctx, id, input: { path: `${at}/a.txt` }, open: turned })
    expect([wrong.status, JSON.parse(String(wrong.body)).cause]).toEqual([409, 'ticket'])
    const guessed = await passThrough({ ...kept[0]!, ticket: 'A'.repeat(43) }, 'GET')
    expect(guessed.status).toBe(409)
    expect(seen()).toEqual({ 'a.txt': 'a' })
  })

  test('what is not there, and what is a folder, is not downloaded', async () => {
    await put({ 'folder/x': '' })
    await expect(download('nothing')).rejects.toMatchObject({ kind: 'not_found' })
    await expect(download('folder')).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('a change is seen at once, and a search finds what lies below', async () => {
    await put({ 'a.txt': 'a', 'sub/deeper/Ünïque.TXT': 'u', 'sub/other': '' })
    const browse = async (more = {}) =>
      (await browseEndpoint({ ctx: viewer, id, input: { path: at, ...more } })).items.map(({ path }) => path)
    expect(await browse()).toEqual([`${at}/sub`, `${at}/a.txt`])
    await makeFolder({ ctx, id, input: { path: `${at}/made` } })
    expect(await browse()).toEqual([`${at}/made`, `${at}/sub`, `${at}/a.txt`])
    expect(await browse({ q: 'A.T' })).toEqual([`${at}/a.txt`])
    expect(await browse({ q: 'ünïque', below: 'true' })).toEqual([`${at}/sub/deeper/Ünïque.TXT`])
    expect(await browse({ q: 'none', below: 'true' })).toEqual([])
  })

  test('each deed is told in the audit, a refused one with why', async () => {
    await makeFolder({ ctx, id, input: { path: `${at}/told` } })
    await expect(makeFolder({ ctx, id, input: { path: `${at}/told` } })).rejects.toThrow()
    await upload('f', 'f')
    await download('f')
    await renameFile({ ctx, id, input: { from: `${at}/f`, to: `${at}/g` } })
    await deleteFiles({ ctx, id, input: { path: `${at}/g` } })
    const rows = await db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subjectId, id))
      .orderBy(auditEntries.id)
    const mine = rows.filter(({ detail }) => String(detail.path).startsWith(`${at}/`))
    expect(mine.map(({ action }) => action)).toEqual([
      ...['file.make_folder', 'file.make_folder', 'file.make_folder.failed', 'file.upload', 'file.download'],
      ...['file.rename', 'file.delete'],
    ])
    expect(mine[2]!.detail).toMatchObject({ failed: expect.stringContaining('taken') })
    expect(mine[5]!.detail).toMatchObject({ endpoint: where.endpoint.name, to: `${at}/g` })
  })

  test('a viewer looks and counts, and changes nothing', async () => {
    await put({ 'a.txt': 'a' })
    const path = `${at}/a.txt`
    const refused = { kind: 'forbidden' }
    const never = async () => {
      throw new Error('no byte may pass')
    }
    await expect(makeFolder({ ctx: viewer, id, input: { path: `${at}/x` } })).rejects.toMatchObject(refused)
    await expect(renameFile({ ctx: viewer, id, input: { from: path, to: 'x' } })).rejects.toMatchObject(
      refused,
    )
    await expect(deleteFiles({ ctx: viewer, id, input: { path } })).rejects.toMatchObject(refused)
    await expect(downloadFile({ ctx: viewer, id, input: { path }, open: never })).rejects.toMatchObject(
      refused,
    )
    await expect(uploadFile({ ctx: viewer, id, input: { path }, send: never })).rejects.toMatchObject(refused)
    const told = and(eq(auditEntries.subjectId, id), eq(auditEntries.actorId, viewer.actor.id))
    expect(await db.$count(auditEntries, told)).toBe(0)
    expect(seen()).toEqual({ 'a.txt': 'a' })
  })
})

describe('a link', () => {
  const id = depot.source.id
  const refused = { kind: 'invalid', message: expect.stringMatching(/outside the allowed|own folder/) }

  test.each([
    ['out of the roots', () => outside],
    ['into another endpoint', () => depot.out],
  ])('%s is followed by no deed', async (name, target) => {
    const link = `link ${name}`
    await plant(depot.out, { 'secret.txt': 'other' })
    symlinkSync(target(), join(depot.in, link))
    const before = treeOf(target())
    const path = `${link}/secret.txt`
    const input = { path }
    await expect(browseEndpoint({ ctx, id, input: { path: link } })).rejects.toMatchObject(refused)
    await expect(countFiles({ ctx, id, input: { path: link } })).rejects.toMatchObject(refused)
    await expect(makeFolder({ ctx, id, input: { path: `${link}/new` } })).rejects.toMatchObject(refused)
    await expect(deleteFiles({ ctx, id, input })).rejects.toMatchObject(refused)
    await expect(deleteFiles({ ctx, id, input: { path: link, recursive: 'true' } })).rejects.toMatchObject(
      refused,
    )
    await expect(renameFile({ ctx, id, input: { from: path, to: 'mine.txt' } })).rejects.toMatchObject(
      refused,
    )
    await expect(downloadFile({ ctx, id, input, open: fetching })).rejects.toMatchObject(refused)
    await expect(
      uploadFile({ ctx, id, input: { path: `${link}/new.txt` }, send: sending('x') }),
    ).rejects.toMatchObject(refused)
    await plant(depot.in, { 'moved.txt': 'm' })
    await expect(
      renameFile({ ctx, id, input: { from: 'moved.txt', to: `${link}/moved.txt` } }),
    ).rejects.toMatchObject(refused)
    expect(treeOf(target())).toEqual(before)
  })

  test('that is put there after the ticket was given is not followed either', async () => {
    await plant(depot.in, { 'late/secret.txt': 'inside' })
    const open = async (passage: Passage) => {
      await deleteFiles({ ctx, id, input: { path: 'late', recursive: 'true' } })
      symlinkSync(outside, join(depot.in, 'late'))
      return fetching(passage)
    }
    await expect(downloadFile({ ctx, id, input: { path: 'late/secret.txt' }, open })).rejects.toMatchObject(
      refused,
    )
  })

  test('inside a folder goes with the folder, its target stays', async () => {
    await plant(depot.in, { 'goes/a.txt': 'a' })
    symlinkSync(outside, join(depot.in, 'goes', 'link'))
    await deleteFiles({ ctx, id, input: { path: 'goes', recursive: 'true' } })
    expect(readdirSync(depot.in)).not.toContain('goes')
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('outside')
  })
})

describe('a link in what an endpoint lies over', () => {
  const refused = { kind: 'invalid', message: expect.stringMatching(/outside the allowed|own folder/) }
  const base = `endpoint:${depot.source.id}/under`
  const over: [type: string, at: string, settings: Record<string, string>][] = [
    ['alias', '', { remote: base }],
    ['union', '', { upstreams: `${base}\n${base}/second` }],
    ['combine', 'part/', { upstreams: `part=${base}` }],
    ['crypt', '', { remote: base, filename_encryption: 'off', password: 'a password of crypt' }],
  ]

  test.each(over)('%s is followed by no deed', async (type, at, settings) => {
    await plant(depot.in, { 'under/real/there.txt': 'there', 'under/second/': '' })
    const target = await tempFolder(afterAll)
    await plant(target, { 'secret.txt': 'outside', 'secret.txt.bin': 'outside' })
    const link = `out of ${type}`
    symlinkSync(target, join(depot.in, 'under', link))
    const before = treeOf(target)
    const { id } = await createEndpoint({ ctx, input: { name: `over by ${type}`, type, settings } })
    const through = `${at}${link}`
    const path = `${through}/secret.txt`
    await expect(browseEndpoint({ ctx, id, input: { path: through } })).rejects.toMatchObject(refused)
    await expect(countFiles({ ctx, id, input: { path: through } })).rejects.toMatchObject(refused)
    await expect(downloadFile({ ctx, id, input: { path }, open: fetching })).rejects.toMatchObject(refused)
    await expect(
      uploadFile({ ctx, id, input: { path: `${through}/new.txt` }, send: sending('x') }),
    ).rejects.toMatchObject(refused)
    await expect(makeFolder({ ctx, id, input: { path: `${through}/new` } })).rejects.toMatchObject(refused)
    await expect(deleteFiles({ ctx, id, input: { path } })).rejects.toMatchObject(refused)
    const mine = `by ${type}.txt`
    await uploadFile({ ctx, id, input: { path: `${at}real/${mine}` }, send: sending('mine') })
    const input = { from: `${at}real/${mine}`, to: `${through}/${mine}` }
    await expect(renameFile({ ctx, id, input })).rejects.toMatchObject(refused)
    expect(treeOf(target)).toEqual(before)
    const { items } = await browseEndpoint({ ctx, id, input: { path: `${at}real` } })
    expect(items.map(({ name }) => name)).toContain(mine)
  })

  test.each(['crypt', 'crypt in a crypt'])('%s is followed under no encrypted name', async (name) => {
    const folder = await plant(join(depot.in, name), {})
    const outer = { remote: `endpoint:${depot.source.id}/${name}`, password: 'a password of crypt' }
    let { id } = await createEndpoint({ ctx, input: { name, type: 'crypt', settings: outer } })
    if (name !== 'crypt') {
      const settings = { remote: `endpoint:${id}`, password: 'another', filename_encryption: 'obfuscate' }
      const input = { name: `${name}, inside`, type: 'crypt', path: 'root', settings }
      id = (await createEndpoint({ ctx, input })).id
    }
    await uploadFile({ ctx, id, input: { path: 'mine.txt' }, send: sending('mine') })
    const first = new Set(Object.keys(treeOf(folder)))
    await uploadFile({ ctx, id, input: { path: 'link/secret.txt' }, send: sending('secret') })
    const secret = Object.keys(treeOf(folder)).find((path) => !first.has(path))!
    const target = join(await tempFolder(afterAll), 'outside')
    const link = join(folder, dirname(secret))
    await rename(link, target)
    symlinkSync(target, link)
    const before = treeOf(target)
    const path = 'link/secret.txt'
    await expect(browseEndpoint({ ctx, id, input: { path: 'link' } })).rejects.toMatchObject(refused)
    await expect(downloadFile({ ctx, id, input: { path }, open: fetching })).rejects.toMatchObject(refused)
    await expect(
      uploadFile({ ctx, id, input: { path: 'link/new.txt' }, send: sending('x') }),
    ).rejects.toMatchObject(refused)
    await expect(deleteFiles({ ctx, id, input: { path } })).rejects.toMatchObject(refused)
    const input = { from: 'mine.txt', to: 'link/mine.txt' }
    await expect(renameFile({ ctx, id, input })).rejects.toMatchObject(refused)
    const [own, other] = [
      { endpointId: id, path: 'link' },
      { endpointId: depot.destination.id, path: name },
    ]
    for (const [source, destination] of [[own, other] as const, [other, own] as const]) {
      const job = await createJob({ ctx, input: { operation: 'copy', source, destination } })
      expect(await whenEnded(depot.database, job.id)).toMatchObject({ errorCause: 'outside_roots' })
    }
    expect(treeOf(target)).toEqual(before)
    const got = await downloadFile({ ctx, id, input: { path: 'mine.txt' }, open: fetching })
    expect(String(got.body)).toBe('mine')
  })

  test('whose name rclone writes in another way is not followed either', async () => {
    await plant(depot.in, { 'under/': '' })
    symlinkSync(outside, join(depot.in, 'under', 'line\nbreak'))
    const settings = { remote: base }
    const { id } = await createEndpoint({ ctx, input: { name: 'odd way', type: 'alias', settings } })
    const input = { path: 'line␊break/secret.txt' }
    await expect(downloadFile({ ctx, id, input, open: fetching })).rejects.toMatchObject(refused)
  })

  test('is found behind a name with blanks, which combine takes as it is written', async () => {
    for (const name of ['a ', ' a', '..']) {
      const settings = { upstreams: `b=${base}\n${name}=${base}` }
      const input = { name: `blanks ${name.length}`, type: 'combine', settings }
      await expect(createEndpoint({ ctx, input })).rejects.toMatchObject({ kind: 'invalid' })
    }
  })
})

test('a storage of objects renames, deletes and passes bytes too, and says that it keeps no empty folder', async () => {
  const s3 = await startS3(afterAll)
  const endpoint = await createEndpoint({
    ctx,
    input: { name: 'objects', type: 's3', path: s3.path, settings: s3.settings },
  })
  const { id } = endpoint
  await expect(makeFolder({ ctx, id, input: { path: 'new' } })).rejects.toMatchObject({ kind: 'conflict' })
  await uploadFile({ ctx, id, input: { path: 'a/b c.txt' }, send: sending('content') })
  await renameFile({ ctx, id, input: { from: 'a', to: 'z' } })
  const { items } = await browseEndpoint({ ctx, id, input: { path: 'z' } })
  expect(items).toMatchObject([{ path: 'z/b c.txt', size: 7 }])
  const got = await downloadFile({ ctx, id, input: { path: 'z/b c.txt' }, open: fetching })
  expect(String(got.body)).toBe('content')
  await deleteFiles({ ctx, id, input: { path: 'z', recursive: 'true' } })
  await expect(countFiles({ ctx, id, input: { path: 'z' } })).rejects.toMatchObject({ kind: 'not_found' })
})

test('a hundred thousand entries are listed once, and any window and search of them is cut from that', async () => {
  const many = join(depot.in, 'many')
  await mkdir(many)
  for (let n = 0; n < 100_000; n += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, k) => writeFile(join(many, `file-${n + k}.mov`), '')))
  }
  const id = depot.source.id
  let first!: Awaited<ReturnType<typeof listFiles>>
  await eventually('it is listed: a busy machine says first that it still is being', async () => {
    const asked = listFiles({ ctx: viewer, id, input: { path: 'many' } })
    const answer = await asked.catch((error: unknown) => error)
    if (answer instanceof UnavailableError) return false
    first = await asked
    return true
  })
  expect([first.total, first.items.length, first.items[0]!.name]).toEqual([100_000, 200, 'file-0.mov'])
  // What is cut from the listing does not change with the folder.
  await writeFile(join(many, 'a-new-one'), '')
  const { listing } = first
  const middle = await listFiles({ ctx, id, input: { path: 'many', listing, offset: 50_000, limit: 1000 } })
  expect([middle.listing, middle.items[0]!.name, middle.items.at(-1)!.name]).toEqual([
    ...[listing, 'file-50000.mov', 'file-50999.mov'],
  ])
  const found = await listFiles({ ctx, id, input: { path: 'many', listing, q: '9999.M' } })
  expect([found.listing, found.items.map(({ name }) => name)]).toEqual([
    listing,
    Array.from({ length: 10 }, (_, n) => `file-${n === 0 ? '' : n}9999.mov`),
  ])
  const turned = await listFiles({ ctx, id, input: { path: 'many', listing, sort: '-name', limit: 1 } })
  expect(turned.items[0]!.name).toBe('file-99999.mov')
  const names: string[] = []
  let requests = 0
  for (let cursor: string | null | undefined; cursor !== null && requests < 5; requests += 1) {
    const page = await browseEndpoint({
      ctx,
      id,
      input: { path: 'many', limit: 1000, ...(cursor && { cursor }) },
    })
    names.push(...page.items.map(({ name }) => name))
    cursor = page.nextCursor
  }
  expect(names).toHaveLength(5000)
  expect(new Set(names).size).toBe(5000)
})
