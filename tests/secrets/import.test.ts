import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { and, desc, eq, inArray } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { ImportAnswer, ImportInput, ImportItem } from '#lib/rclone-conf/schema.ts'
import { keyClient } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder } from '#tests/support/files.ts'
import { openedSecrets } from '#tests/support/sealed-rows.ts'
import { testKeyRing } from '#tests/support/secret-keys.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { startWeb } from '#tests/support/web.ts'
import { run } from '#workers/run.ts'
import { reveal } from '#workers/secrets/obscured.ts'

// rclone.conf files as people have them, against a real web, worker and rclone.

const depot = await openDepot()
const secretFiles = await tempFolder(afterAll)
const named = join(await tempFolder(afterAll), 'rclone.conf')
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll, {
  env: { FILE_ORBIT_SECRET_FILES: secretFiles, FILE_ORBIT_RCLONE_CONFIG: named },
})
const [owner, operator, viewer] = await Promise.all(
  (['owner', 'operator', 'viewer'] as const).map((role) => keyClient(web.url, depot.ctx, role)),
)

type Problem = { detail: string; errors?: { path: string; message: string }[] }
const send = (input: ImportInput, as = operator!) =>
  as.post<ImportAnswer & Problem>('/endpoints/import', input)
async function preview(input: ImportInput): Promise<Record<string, ImportItem>> {
  const { status, body } = await send({ ...input, dryRun: true })
  expect(status, body.detail).toBe(200)
  return Object.fromEntries(body.remotes.map((item) => [item.remote, item]))
}
const kept = async (names: string[]) => {
  const rows = await depot.database.db.select().from(endpoints).where(inArray(endpoints.name, names))
  return new Map(rows.map((row) => [row.name, row]))
}
async function rclone(args: string[], env: Record<string, string> = {}, input?: string): Promise<string> {
  const all = { PATH: process.env.PATH, HOME: secretFiles, RCLONE_CONFIG: '/dev/null', ...env }
  const { status, stdout, output } = await run(inject('rclone'), args, { env: all, ...(input && { input }) })
  expect(status, output).toBe(0)
  return stdout.trim()
}
const obscure = (clear: string) => rclone(['obscure', '-'], {}, clear)

/** Those of one test only; the depot's own stay. */
beforeEach(async () => {
  const { db } = depot.database
  const own = [depot.source.id, depot.destination.id]
  const all = await db.select({ id: endpoints.id }).from(endpoints)
  const others = all.map(({ id }) => id).filter((id) => !own.includes(id))
  if (others.length > 0) await db.delete(endpoints).where(inArray(endpoints.id, others))
})

test('what rclone obscures is read in clear', async () => {
  for (const clear of ['x', 'pass-wörd ✓', ' lead and trail ', 'a'.repeat(500)]) {
    expect(reveal(await obscure(clear))).toBe(clear)
  }
  for (const none of ['', 'plain', 'not base64!', '////']) expect(reveal(none)).toBeNull()
})

describe('a file of several remotes', () => {
  const conf = async () => `
# made by hand
[nas]
type = webdav
url = https://nas.example/dav
vendor = other
user = ops
pass = ${await obscure('kept "secret" ✓')}
bearer_token_command = /usr/bin/steal

[archive]
type = s3
provider = Minio
endpoint = https://minio.example
access_key_id = AKIA1
secret_access_key = plain/secret+key
no_such_option = 1

[vault]
type = crypt
remote = nas:backup/vault
password = ${await obscure('crypt one')}
password2 = ${await obscure('crypt two')}

[both]
type = union
upstreams = "archive:my bucket/x" vault: nas:old:ro

[media]
type = alias
remote = ${depot.in}

[shots]
type = alias
remote = media:shots
`

  test('is previewed without a change, and then made in one go, secrets sealed and chains kept', async () => {
    const text = await conf()
    const before = await depot.database.db.select().from(endpoints)
    const items = await preview({ text })
    expect(await depot.database.db.select().from(endpoints)).toEqual(before)
    expect(Object.values(items).map(({ problems }) => problems)).toEqual(Array(6).fill([]))
    expect(items.nas).toMatchObject({
      ...{ name: 'nas', type: 'webdav', action: 'create', secrets: ['pass'], liesOver: [] },
      leftOut: [{ option: 'bearer_token_command', why: expect.stringContaining('run a command') }],
    })
    expect(items.archive!.leftOut).toEqual([
      { option: 'no_such_option', why: 'A s3 endpoint has no such setting.' },
    ])
    expect(items.both!.liesOver).toEqual(['archive', 'vault', 'nas'])
    expect(items.media).toMatchObject({ type: 'local', path: depot.in })

    const { status, body } = await send({ text })
    expect([status, body.endpoints.length]).toEqual([201, 6])
    expect(JSON.stringify(body)).not.toMatch(/kept|crypt one|plain\/secret/)
    const rows = await kept(Object.keys(items))
    const row = (name: string) => rows.get(name)!
    expect(await openedSecrets(testKeyRing, row('nas'))).toEqual({ pass: 'kept "secret" ✓' })
    expect(await openedSecrets(testKeyRing, row('vault'))).toEqual({
      password: 'crypt one',
      password2: 'crypt two',
    })
    expect(row('vault').settings).toEqual({ remote: `endpoint:${row('nas').id}/backup/vault` })
    expect(row('both').settings).toEqual({
      upstreams: [
        `endpoint:${row('archive').id}/my bucket/x`,
        `endpoint:${row('vault').id}`,
        `endpoint:${row('nas').id}/old:ro`,
      ].join('\n'),
    })
    expect(row('archive').settings).toEqual({
      ...{ provider: 'Minio', endpoint: 'https://minio.example', access_key_id: 'AKIA1' },
    })
    expect(row('media')).toMatchObject({ type: 'local', path: depot.in, settings: {} })
    expect(row('shots').settings).toEqual({ remote: `endpoint:${row('media').id}/shots` })
  })

  test('some can be left; what lies over one that is left says so', async () => {
    const text = await conf()
    const items = await preview({ text, choices: { archive: { action: 'skip' } } })
    expect(items.archive).toMatchObject({ action: 'skip', problems: [] })
    expect(items.both!.problems).toEqual([
      {
        path: 'settings.remote',
        message: expect.stringContaining('"archive", which is not imported. Take that too'),
      },
    ])
    expect(items.vault!.problems).toEqual([])
    const refused = await send({ text, choices: { archive: { action: 'skip' } } })
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'choices.both.settings.remote' }] },
    })
    expect((await kept(['nas'])).size).toBe(0)
    const done = await send({ text, only: ['nas', 'vault'] })
    expect(done.body.endpoints.map(({ name }) => name).sort()).toEqual(['nas', 'vault'])
  })

  test('names that are taken are told with a name that is free; it can be renamed or replaced', async () => {
    const text = await conf()
    const first = await send({ text, only: ['nas', 'archive'] })
    const ids = Object.fromEntries(first.body.endpoints.map(({ name, id }) => [name, id]))
    const changed = text.replace('user = ops', 'user = changed')
    const items = await preview({ text: changed })
    expect(items.nas!.clash).toEqual({ endpointId: ids.nas, suggestion: 'nas 2', mayReplace: true })
    expect(items.nas!.problems).toMatchObject([{ path: 'name', value: 'nas 2' }])
    const choices: ImportInput['choices'] = { nas: { action: 'replace' }, archive: { name: 'archive 2' } }
    const { status, body } = await send({ text: changed, choices, only: ['nas', 'archive', 'vault'] })
    expect([status, body.endpoints.map(({ name }) => name).sort()]).toEqual([
      201,
      ['archive 2', 'nas', 'vault'],
    ])
    const rows = await kept(['nas', 'vault'])
    expect(rows.get('nas')).toMatchObject({ id: ids.nas, settings: { user: 'changed' } })
    expect(await openedSecrets(testKeyRing, rows.get('nas')!)).toEqual({ pass: 'kept "secret" ✓' })
    expect(rows.get('vault')!.settings.remote).toBe(`endpoint:${ids.nas}/backup/vault`)
  })

  test('is audited, without a secret', async () => {
    await send({ text: await conf(), only: ['nas'] })
    const [entry] = await depot.database.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, 'endpoint.import'))
      .orderBy(desc(auditEntries.id))
      .limit(1)
    expect(entry!.detail).toEqual({
      ...{ made: ['nas'], replaced: [] },
      skipped: ['archive', 'both', 'media', 'shots', 'vault'].filter((name) => name !== 'nas'),
    })
    const [made] = await depot.database.db
      .select()
      .from(auditEntries)
      .where(and(eq(auditEntries.action, 'endpoint.create')))
      .orderBy(desc(auditEntries.id))
      .limit(1)
    expect(made!.detail).toMatchObject({ name: 'nas', imported: 'nas', secrets: ['pass'] })
    expect(JSON.stringify([entry, made])).not.toContain('kept')
  })
})

test.each([
  ['no type', 'x = y', /no type/],
  ['a type that rclone has not', 'type = nonsense', /no storage type "nonsense"/],
  ['one that is hidden', 'type = memory', /no storage type "memory"/],
  ['a connection string below', 'type = crypt\nremote = :sftp,ssh=sh:x\npassword = ', /connection string/],
  ['one with overrides', 'type = alias\nremote = nas,vendor=other:x', /connection string/],
  ['a relative folder below', 'type = alias\nremote = some/where', /no remote and no absolute folder/],
  ['a folder outside', 'type = hasher\nremote = /etc', /folder \/etc, outside those/],
  ['an alias of a folder outside', 'type = alias\nremote = /etc', /inside the allowed ones/],
  ['a remote that is not there', 'type = alias\nremote = gone:x', /"gone", which the file does not have/],
  ['itself', 'type = alias\nremote = one:x', /lies over itself/],
  ['a folder without its place', 'type = local', /an absolute one/],
  ['a password in clear', 'type = webdav\nurl = https://x.example\npass = hunter2', /not obscured/],
  ['a value that is none', 'type = s3\nprovider = AWS\nenv_auth = true\nchunk_size = many', /A size such as/],
  ['what is required', 'type = smb', /host/i],
])('%s is told, and nothing is made', async (_, options, words) => {
  const text = `[one]\n${options}\n`
  const items = await preview({ text })
  expect(items.one!.problems.map(({ message }) => message).join(' ')).toMatch(words)
  const { status, body } = await send({ text })
  expect(status).toBe(422)
  expect(body.detail).toMatch(words)
  expect(body.errors![0]!.path).toMatch(/^choices\.one\./)
  expect((await kept(['one'])).size).toBe(0)
})

test('a folder of this machine below another gets an endpoint of its own, or the one that is there', async () => {
  const below = join(depot.root, 'vault')
  const crypt = `type = crypt\npassword = ${await obscure('p')}\nremote = `
  const text = `[a]\n${crypt}${below}/a\n[b]\n${crypt}${depot.in}/b\n[disk]\ntype = local\n[c]\n${crypt}disk:${below}/a\n`
  const items = await preview({ text, only: ['a', 'b', 'c'] })
  expect(items[`${below}/a`]).toMatchObject({ name: 'a folder', type: 'local', path: `${below}/a` })
  expect([items.a!.liesOver, items.b!.liesOver, items.c!.liesOver]).toEqual([
    ['a folder'],
    ['in'],
    ['a folder'],
  ])
  const { body } = await send({ text, only: ['a', 'b', 'c'] })
  expect(body.endpoints.map(({ name }) => name).sort()).toEqual(['a', 'a folder', 'b', 'c'])
  const rows = await kept(['a', 'b', 'a folder'])
  expect(rows.get('b')!.settings.remote).toBe(`endpoint:${depot.source.id}/b`)
  expect(rows.get('a')!.settings.remote).toBe(`endpoint:${rows.get('a folder')!.id}`)
})

test('a person gives what the file lacks: a folder, another option, a name', async () => {
  const text = '[disk]\ntype = local\n[cloud]\ntype = s3\nprovider = AWS\naccess_key_id = A\n'
  const choices = {
    disk: { path: depot.in, name: 'cards' },
    cloud: { settings: { secret_access_key: 'given here', region: 'eu-central-1' }, path: 'bucket/x' },
  }
  const { status, body } = await send({ text, choices })
  expect(status, body.detail).toBe(201)
  const rows = await kept(['cards', 'cloud'])
  expect(rows.get('cards')).toMatchObject({ type: 'local', path: depot.in })
  expect(rows.get('cloud')).toMatchObject({ path: 'bucket/x', settings: { region: 'eu-central-1' } })
  expect(await openedSecrets(testKeyRing, rows.get('cloud')!)).toEqual({ secret_access_key: 'given here' })
})

test('replacing one that lies below with one that lies over it is a circle, and refused', async () => {
  const alias = (name: string, remote: string) => `[${name}]\ntype = alias\nremote = ${remote}\n`
  const text = `${alias('below', 'in:a')}${alias('above', 'below:x')}`
  expect((await send({ text })).status).toBe(201)
  const circle = { text: alias('below', 'above:y'), choices: { below: { action: 'replace' as const } } }
  const { status, body } = await send(circle)
  expect(status).toBe(422)
  expect(body.errors).toMatchObject([{ message: expect.stringContaining('lie over itself') }])
  expect((await kept(['below'])).get('below')!.settings.remote).toBe(`endpoint:${depot.source.id}/a`)
})

test('an encrypted file asks for its password, and a wrong one is told', async () => {
  const folder = await tempFolder(onTestFinished)
  const file = join(folder, 'enc.conf')
  await writeFile(file, `[dav]\ntype = webdav\nurl = https://x.example\npass = ${await obscure('in it')}\n`)
  const password = join(folder, 'pass.sh')
  await writeFile(password, '#!/bin/sh\necho canary-of-the-file\n')
  await chmod(password, 0o700)
  const env = { RCLONE_CONFIG: file, RCLONE_PASSWORD_COMMAND: password }
  await rclone(['config', 'encryption', 'set'], env)
  const text = (await run('cat', [file])).stdout
  expect(text).toContain('RCLONE_ENCRYPT_V0:')
  expect(await send({ text })).toMatchObject({
    ...{ status: 422, body: { errors: [{ path: 'password', message: /encrypted/ }] } },
  })
  const wrong = await send({ text, password: 'not it' })
  expect(wrong.body.errors).toEqual([
    { path: 'password', message: 'This password does not decrypt the configuration.' },
  ])
  const { status } = await send({ text, password: 'canary-of-the-file' })
  expect(status).toBe(201)
  const row = (await kept(['dav'])).get('dav')!
  expect(await openedSecrets(testKeyRing, row)).toEqual({ pass: 'in it' })
})

test('text that is no configuration is told by its line, and never repeated', async () => {
  for (const [text, words] of [
    ['[x]\ntype = s3\nhunter2-in-a-line\n', /Line 3 is neither/],
    ['', /no remote/],
    ['# only words\n', /no remote/],
  ] as const) {
    const { status, body } = await send({ text })
    expect([status, body.errors![0]!.path]).toEqual([422, 'text'])
    expect(body.detail).toMatch(words)
    expect(JSON.stringify(body)).not.toContain('hunter2')
  }
  expect((await send({ text: 'x'.repeat(500_000) })).status).toBe(422)
  expect((await send({})).body.errors![0]!.path).toBe('text')
  const remote = '[a]\ntype = local\n'
  expect((await send({ text: remote, choices: { b: {} } })).body.detail).toContain('no remote "b"')
})

test('files of the agent: below the folder of secrets or the one that is named, for owners', async () => {
  const conf = `[fromfile]\ntype = alias\nremote = ${depot.in}\n`
  await plant(secretFiles, { 'team/rclone.conf': conf, 'broken.conf': 'hunter2\n' })
  await writeFile(named, conf)
  for (const agentFile of ['team/rclone.conf', named]) {
    expect((await send({ agentFile, dryRun: true }, owner!)).body.remotes).toMatchObject([
      { name: 'fromfile' },
    ])
  }
  await mkdir(join(secretFiles, 'folder'), { recursive: true })
  const { symlink } = await import('node:fs/promises')
  await symlink('/etc/passwd', join(secretFiles, 'link')).catch(() => {})
  for (const agentFile of ['../x', 'nothing', 'link', 'folder', '/etc/passwd', `${named}x`, 'broken.conf']) {
    const { status, body } = await send({ agentFile, dryRun: true }, owner!)
    expect([status, body.errors?.[0]?.path], agentFile).toEqual([422, 'agentFile'])
    expect(JSON.stringify(body)).not.toMatch(/root:|hunter2/)
  }
  expect((await send({ agentFile: named, dryRun: true })).status).toBe(403)
  expect((await send({ text: conf, dryRun: true }, viewer!)).status).toBe(403)
})

test('the same Idempotency-Key makes nothing twice', async () => {
  const text = `[once]\ntype = alias\nremote = ${depot.in}\n`
  const more = { 'idempotency-key': 'import-1' }
  const first = await operator!.post<ImportAnswer>('/endpoints/import', { text }, more)
  // By now the name is taken: only the repetition is let through.
  const again = await operator!.post<ImportAnswer>('/endpoints/import', { text }, more)
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body.endpoints).toEqual(first.body.endpoints)
  expect((await send({ text })).status).toBe(422)
})

test('many servers that are away are each told, within the time of one', async () => {
  // Accepts connections, and says nothing.
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  onTestFinished(async () => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const remotes = Array.from(
    { length: 30 },
    (_, at) => `[far${at}]\ntype = sftp\nhost = 127.0.0.1\nport = ${port}\n`,
  )
  const items = await preview({ text: remotes.join('') })
  expect(Object.values(items).map(({ problems }) => problems[0]?.path)).toEqual(
    Array(30).fill('settings.port'),
  )
})

describe.skipIf(cannotRun('ssh'))('an SFTP remote', () => {
  test('shows its host key to be accepted, and works after the import', async () => {
    const ssh = await startSsh(afterAll)
    await plant(ssh.folder, { 'a.txt': 'a' })
    const { host, port, user } = ssh.settings
    const pem = ssh.keySettings.key_pem!.trim().replaceAll('\n', '\\n')
    const options = `type = sftp\nhost = ${host}\nport = ${port}\nuser = ${user}\nkey_file = ~/.ssh/id\n`
    const text = `[bypass]\n${options}pass = ${await obscure(ssh.password)}\n[bykey]\n${options}key_pem = ${pem}\\n\n`
    const items = await preview({ text })
    expect(items.bypass!.leftOut).toMatchObject([{ option: 'key_file' }])
    const [problem] = items.bypass!.problems
    expect(problem).toMatchObject({ path: 'settings.host_keys', value: ssh.hostKey })
    const accepted = { settings: { host_keys: problem!.value! } }
    const { status, body } = await send({ text, choices: { bypass: accepted, bykey: accepted } })
    expect(status, body.detail).toBe(201)
    for (const { id, name } of body.endpoints as Endpoint[]) {
      const tested = await operator!.post<{ ok: boolean }>(`/endpoints/${id}/test`)
      expect(tested.body, name).toMatchObject({ ok: true })
    }
  })
})
