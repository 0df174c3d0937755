import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { desc, eq, inArray, notInArray, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { signInCounts } from '#lib/db/schema/throttle.ts'
import { loginSessions, users } from '#lib/db/schema/users.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { exportEndpoints } from '#lib/rclone-conf/export-endpoints.ts'
import { importEndpoints } from '#lib/rclone-conf/import-endpoints.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder } from '#tests/support/files.ts'
import { openedSecrets } from '#tests/support/sealed-rows.ts'
import { testKeyRing } from '#tests/support/secret-keys.ts'
import { makeSession } from '#tests/support/session.ts'
import { makeUser, PASSWORD } from '#tests/support/sign-in.ts'
import { run } from '#workers/run.ts'
import { reveal } from '#workers/secrets/obscured.ts'

// Endpoints to an rclone.conf and back, by a real worker and rclone.

const depot = await openDepot()
const { database } = depot
const secretFiles = await tempFolder(afterAll)
await depot.worker(afterAll, { env: { FILE_ORBIT_SECRET_FILES: secretFiles } })
const hub = new LiveHub(database.sql)
const able = (ctx: Context): Context => ({ ...ctx, ask: asker(database.db, hub) })
const machine = able(depot.ctx.system)
const operator = able(depot.ctx.operator)
const own = [depot.source.id, depot.destination.id]

const make = (name: string, type: string, path: string, settings: Record<string, string> = {}) =>
  createEndpoint({ ctx: operator, input: { name, type, path, settings } })
const exported = (input: { password?: string; ids?: string[] } = {}, ctx = machine) =>
  exportEndpoints({ ctx, input, sessionId: null, address: null })
const remove = () => database.db.delete(endpoints).where(notInArray(endpoints.id, own))

/** What endpoints are, their own ids apart: references by name, secrets in clear. */
async function contents() {
  const rows = await database.db.select().from(endpoints).where(notInArray(endpoints.id, own))
  const names = new Map((await database.db.select().from(endpoints)).map(({ id, name }) => [id, name]))
  const named = await Promise.all(
    rows.map(async (row) => {
      const settings = Object.entries(row.settings).map(([name, value]) => {
        return [name, value.replace(/endpoint:([0-9a-f-]{36})/g, (_, id: string) => `<${names.get(id)}>`)]
      })
      const { name, type, path, limits } = row
      const secrets = await openedSecrets(testKeyRing, row)
      return { name, type, path, limits, settings: Object.fromEntries(settings), secrets }
    }),
  )
  return named.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** By rclone itself, from a file as it is. */
async function dumped(text: string): Promise<Record<string, Record<string, string>>> {
  const folder = await tempFolder(onTestFinished)
  const file = join(folder, 'rclone.conf')
  await writeFile(file, text)
  const env = { PATH: process.env.PATH, HOME: folder, RCLONE_CONFIG: file }
  for (const args of [['config', 'show'], ['listremotes']]) {
    expect((await run(inject('rclone'), args, { env })).status).toBe(0)
  }
  const { stdout } = await run(inject('rclone'), ['config', 'dump'], { env })
  return JSON.parse(stdout) as Record<string, Record<string, string>>
}

beforeEach(remove)

test('rclone reads what is exported: secrets obscured as it wants them, chains by the names of remotes', async () => {
  const nas = await make('NAS (rack 7)', 'webdav', 'exchange', {
    ...{ url: 'https://nas.example/dav', vendor: 'other', user: 'ops', pass: 'kept "secret" ✓' },
  })
  const vault = await make('vault', 'crypt', '', {
    ...{ remote: `endpoint:${nas.id}/deep`, password: 'crypt one' },
  })
  await make('both', 'union', 'sub', { upstreams: `endpoint:${vault.id}/a b\nendpoint:${own[0]}:ro` })
  const { text, leftOut, written } = await exported()
  expect(leftOut).toEqual([])
  expect(written).toEqual(['NAS (rack 7)', 'both', 'in', 'out', 'vault'])
  const remotes = await dumped(text)
  expect(Object.keys(remotes).sort()).toEqual(['NAS _rack 7_', 'both', 'in', 'out', 'vault'])
  const { pass, ...plain } = remotes['NAS _rack 7_']!
  expect(plain).toEqual({
    ...{ type: 'webdav', url: 'https://nas.example/dav', vendor: 'other', user: 'ops' },
    ...{ file_orbit_name: 'NAS (rack 7)', file_orbit_path: 'exchange' },
  })
  expect(reveal(pass!)).toBe('kept "secret" ✓')
  expect(remotes.vault!.remote).toBe('NAS _rack 7_:exchange/deep')
  expect(remotes.both).toEqual({
    ...{ type: 'union', upstreams: '"vault:a b" in::ro', file_orbit_path: 'sub' },
  })
  expect(remotes.in).toEqual({ type: 'alias', remote: depot.in })
})

test('rclone works with the file: it lists a folder through two wrappings', async () => {
  await plant(depot.in, { 'deep/here/a.txt': 'a' })
  const alias = await make('way', 'alias', '', { remote: `endpoint:${own[0]}/deep` })
  await make('wrapped', 'hasher', '', { remote: `endpoint:${alias.id}/here`, hashes: 'md5' })
  const { text } = await exported()
  const folder = await tempFolder(onTestFinished)
  await writeFile(join(folder, 'c.conf'), text)
  const env = { PATH: process.env.PATH, HOME: folder, RCLONE_CONFIG: join(folder, 'c.conf') }
  const { stdout, output } = await run(inject('rclone'), ['lsf', 'wrapped:'], { env })
  expect(stdout, output).toBe('a.txt\n')
})

test('a reference becomes its secret; one that cannot be read leaves its endpoint out, with what lies over it', async () => {
  await writeFile(join(secretFiles, 'nas'), 'from the file\n')
  const url = 'https://nas.example/dav'
  await make('good', 'webdav', '', { url, vendor: 'other', pass: 'file:nas' })
  const bad = await make('bad', 'webdav', '', { url, vendor: 'other', pass: 'file:gone' })
  const over = await make('over', 'alias', '', { remote: `endpoint:${bad.id}/x` })
  await make('over that', 'alias', '', { remote: `endpoint:${over.id}` })
  const { text, leftOut } = await exported()
  expect(leftOut.map(({ name }) => name)).toEqual(['bad', 'over', 'over that'])
  expect(leftOut[0]!.why).toContain('holds no file gone')
  const remotes = await dumped(text)
  expect(reveal(remotes.good!.pass!)).toBe('from the file')
  expect(Object.keys(remotes).sort()).toEqual(['good', 'in', 'out'])
})

test('what rclone would read otherwise is left out and told, never changed', async () => {
  const url = 'https://nas.example/dav'
  for (const [name, user] of [
    ['expanded', 'a %(url)s b'],
    ['two lines', 'a\nb'],
    ['fine', '`odd` "quotes" # ; = : \\n % (x)s'],
    ['fine too', '"""x'],
  ] as const) {
    await make(name, 'webdav', '', { url, vendor: 'other', user })
  }
  const { text, leftOut } = await exported()
  expect(leftOut.map(({ name }) => name)).toEqual(['expanded', 'two lines'])
  const remotes = await dumped(text)
  expect(remotes.fine!.user).toBe('`odd` "quotes" # ; = : \\n % (x)s')
  expect(remotes['fine too']!.user).toBe('"""x')
})

test('only what is asked for is exported, with what it lies over', async () => {
  const settings = { url: 'https://nas.example/dav', vendor: 'other' }
  const base = await make('base', 'webdav', '', settings)
  const over = await make('over', 'alias', '', { remote: `endpoint:${base.id}/x` })
  await make('other', 'webdav', '', settings)
  expect((await exported({ ids: [over.id] })).written).toEqual(['base', 'over'])
})

describe('import of an export', () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  const odd = fc.constantFrom(
    '`',
    '"""',
    '"',
    "'",
    '=',
    ':',
    '#',
    ';',
    '[x]',
    '\\',
    '%',
    '$',
    '\t',
    ' ',
    '\u0085',
  )
  const value = fc
    .array(fc.oneof(word, odd), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('').trim())
    // A line break would begin another line; rclone puts another value in place of %(name)s.
    .filter((text) => text !== '' && !/[\r\n\0]|%\(/.test(text) && text.isWellFormed())
    .filter((text) => !/^(env|file|aws-secret|vault):|endpoint:/.test(text))
  const name = fc
    .array(fc.oneof(word, fc.constantFrom(' ', '.', '-', '_', '@', '+', '(', 'é')), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join('').trim())
    .filter((text) => /^[^:/\p{Cc}]{1,60}$/u.test(text) && text.isWellFormed())
  const folder = fc
    .array(
      fc.stringMatching(/^[\w ()[\]é#;"'-]{1,8}$/).map((part) => part.trim()),
      { maxLength: 3 },
    )
    .map((parts) => parts.filter((part) => part !== '' && !/^\.+$/.test(part)).join('/'))
  const kinds = fc.oneof(
    fc.record({
      type: fc.constant('webdav'),
      settings: fc.record({ user: value, pass: value, bearer_token: value }, { requiredKeys: [] }),
    }),
    fc.record({
      type: fc.constant('s3'),
      settings: fc.record({ access_key_id: value, secret_access_key: value }),
    }),
    fc.record({ type: fc.constant('alias'), settings: fc.constant({}) }),
    fc.record({ type: fc.constant('crypt'), settings: fc.record({ password: value, password2: value }) }),
    fc.record({ type: fc.constant('union'), settings: fc.constant({}) }),
    fc.record({ type: fc.constant('local'), settings: fc.constant({}) }),
  )
  const places = fc.uniqueArray(
    fc.record({
      name,
      folder,
      kind: kinds,
      over: fc.nat(),
      below: folder,
      bandwidth: fc.constantFrom('', '5M'),
    }),
    { minLength: 1, maxLength: 5, selector: (one) => one.name.toLowerCase() },
  )

  test('is what it was, whatever characters its values hold', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(places, async (made) => {
        await remove()
        const ids: string[] = [own[0]!]
        for (const one of made) {
          const reference = `endpoint:${ids[one.over % ids.length]}${one.below && `/${one.below}`}`
          const input = inputOf(one.kind, reference, one.folder)
          const limits = one.bandwidth ? { bandwidth: one.bandwidth } : {}
          ids.push((await createEndpoint({ ctx: operator, input: { ...input, name: one.name, limits } })).id)
        }
        const before = await contents()
        const { text, leftOut } = await exported()
        expect(leftOut).toEqual([])
        await remove()
        const choices = { in: { action: 'skip' }, out: { action: 'skip' } } as const
        await importEndpoints({ ctx: operator, input: { text, choices } })
        expect(await contents()).toEqual(before)
      }),
      { numRuns: 40 },
    )
  })

  function inputOf(
    kind: { type: string; settings: Record<string, string> },
    reference: string,
    path: string,
  ) {
    const { type, settings } = kind
    switch (type) {
      case 'webdav':
        return { type, path, settings: { url: 'https://dav.example/a=b', vendor: 'other', ...settings } }
      case 's3':
        return { type, path, settings: { endpoint: 'https://s3.example', ...settings } }
      case 'union':
        return { type, path, settings: { upstreams: `${reference}\nendpoint:${own[1]}:ro` } }
      case 'local':
        return { type, path: join(depot.root, path), settings: {} }
      default:
        return { type, path, settings: { remote: reference, ...settings } }
    }
  }
})

describe('who may', () => {
  const signedIn = async (role: 'owner' | 'operator') => {
    const { id, email } = await makeUser(database, role)
    const ctx: Context = { ...able(depot.ctx.owner), actor: { type: 'user', id, role, label: email } }
    return { id, ctx }
  }

  test('an owner whose password is given right then, and it is audited', async () => {
    const { id, ctx } = await signedIn('owner')
    const { text } = await exported({ password: PASSWORD }, ctx)
    expect(text).toContain('[in]')
    const [entry] = await database.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, 'endpoint.export'))
      .orderBy(desc(auditEntries.id))
      .limit(1)
    expect(entry).toMatchObject({ actorId: id, detail: { written: ['in', 'out'], leftOut: [] } })
  })

  test('nobody with a wrong password; after five of them, all at once too, not even with the right one', async () => {
    const { ctx } = await signedIn('owner')
    const guesses = Array.from({ length: 12 }, () => exported({ password: 'wrong' }, ctx))
    const kinds = (await Promise.allSettled(guesses)).map(
      (end) => end.status === 'rejected' && (end.reason as { kind: string }).kind,
    )
    expect(kinds.filter((kind) => kind === 'invalid').length).toBeLessThanOrEqual(5)
    expect(new Set(kinds)).toEqual(new Set(['invalid', 'too_many']))
    await expect(exported({ password: PASSWORD }, ctx)).rejects.toMatchObject({
      ...{ kind: 'too_many', issues: [{ path: 'password' }] },
    })
    await database.db.delete(signInCounts)
    expect((await exported({ password: PASSWORD }, ctx)).written).toEqual(['in', 'out'])
  })

  test('without a password, whoever has just signed in', async () => {
    const { id, ctx } = await signedIn('owner')
    await database.db.update(users).set({ passwordHash: null }).where(eq(users.id, id))
    const session = (minutesAgo: number) => makeSession(database, id, minutesAgo)
    const [old, ended, fresh] = [await session(6), await session(1), await session(1)]
    await database.db.update(loginSessions).set({ revokedAt: sql`now()` }).where(eq(loginSessions.id, ended))
    const by = (sessionId: string | null) => exportEndpoints({ ctx, input: {}, sessionId, address: null })
    for (const none of [old, ended, null, '00000000-0000-7000-8000-000000000000']) {
      await expect(by(none)).rejects.toThrow('sign out and in again')
    }
    expect((await by(fresh)).written).toEqual(['in', 'out'])
    // Of somebody else it is nothing.
    await database.db.update(loginSessions).set({ userId: (await signedIn('owner')).id })
    await expect(by(fresh)).rejects.toThrow('sign out and in again')
  })

  test('no operator, no agent and no API key', async () => {
    const { ctx } = await signedIn('operator')
    await expect(exported({ password: PASSWORD }, ctx)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(exported({}, able(depot.ctx.agent))).rejects.toMatchObject({ kind: 'forbidden' })
    const key: Context = { ...machine, actor: { type: 'apiKey', id: 'k', role: 'owner', label: 'k' } }
    await expect(exported({}, key)).rejects.toThrow('An API key cannot export secrets')
    const rows = await database.db
      .select()
      .from(auditEntries)
      .where(inArray(auditEntries.actorId, ['k']))
    expect(rows).toEqual([])
  })
})
