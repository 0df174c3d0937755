import { eq, sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { builtinAgent } from '#lib/agents/queries.ts'
import { beat, markStopped, registerWorker } from '#lib/agents/register-worker.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { UnavailableError } from '#lib/errors.ts'
import { whyNobodyOpens } from '#lib/secrets/held-keys.ts'
import { KEEPING_TABLES } from '#lib/secrets/kept-secrets.ts'
import { newKeyText, parseKeyRing } from '#lib/secrets/keys.ts'
import { rotateSecrets } from '#lib/secrets/rotate-secrets.ts'
import { keyIdOf, open, seal } from '#lib/secrets/seal.ts'
import { sealerFor } from '#lib/secrets/sealer.ts'
import { whyNotKeys } from '#lib/secrets/why-not-keys.ts'
import { triggerSecret } from '#lib/triggers/save-triggers.ts'
import { runCommand, startCommand } from '#tests/support/cli.ts'
import { contextsOver } from '#tests/support/context.ts'
import { keepSealed, keepSealedTrigger, openedSecrets } from '#tests/support/sealed-rows.ts'
import { freshDatabase } from '#tests/support/stage.ts'

/** A database with a worker that holds both keys, the newer one first. */
async function twoKeys() {
  const database = await freshDatabase(onTestFinished)
  const ctx = await contextsOver(database, onTestFinished)
  const agent = await builtinAgent(database.db)
  const text = `${newKeyText()} ${newKeyText()}`
  const ring = parseKeyRing(text)
  const [newer, older] = [ring[0].public, ring[1]!.public]
  await markStopped({ ctx: ctx.agent, workerId: ctx.workerId })
  const worker = (keyIds: string[]) =>
    registerWorker({
      ctx: ctx.agent,
      facts: {
        ...{ agentId: agent.id, host: 'rack-7', pid: 4711, rcloneVersion: '1', rclonePath: '/', slots: 1 },
        keyIds,
      },
    })
  const env = { DATABASE_URL: database.url, FILE_ORBIT_SECRET_KEY: text }
  const run = (...args: string[]) => runCommand(['secrets', ...args], env)
  const keep = (key: typeof newer, secrets: Record<string, string>[]) =>
    keepSealed(database, agent.id, key, secrets)
  const rows = () => database.db.select().from(endpoints).orderBy(endpoints.id)
  return { database, ctx, ring, newer, older, worker, env, run, keep, rows }
}

test('everything is sealed to the newest key, and the counts are told', async () => {
  const { ring, newer, older, worker, run, keep, rows, database } = await twoKeys()
  await worker([newer.id, older.id])
  await keep(older, [{ pass: 'one', bearer_token: 'two' }, { pass: 'three' }])
  await keep(newer, [{ pass: 'four' }])
  const [lost] = await keep(parseKeyRing(newKeyText())[0].public, [{ pass: 'five' }])
  const end = await run('rotate', '--json')
  expect(JSON.parse(end.out)).toEqual({
    ...{ keyId: newer.id, resealed: 3, alreadyNewest: 1, changedMeanwhile: 0 },
    failed: [
      expect.objectContaining({ row: lost, field: 'pass', why: expect.stringContaining('does not hold') }),
    ],
  })
  expect(end.status).toBe(1)
  const kept = (await rows()).filter(({ id }) => id !== lost)
  expect(kept.flatMap((row) => Object.values(row.secrets).map(keyIdOf))).toEqual(Array(4).fill(newer.id))
  expect(await Promise.all(kept.map((row) => openedSecrets(ring, row)))).toEqual([
    ...[{ pass: 'one', bearer_token: 'two' }, { pass: 'three' }, { pass: 'four' }],
  ])
  const [audit] = await database.db
    .select()
    .from(auditEntries)
    .where(eq(auditEntries.action, 'secrets.rotate'))
  expect(audit).toMatchObject({ actorType: 'system', detail: { resealed: 3, failed: 1 } })
  // Once more, and nothing is left to do.
  expect(JSON.parse((await run('rotate', '--json')).out)).toMatchObject({ resealed: 0, alreadyNewest: 4 })
})

test('every table with a column of secrets is among those that are sealed anew', async () => {
  const { sql: raw } = await freshDatabase(onTestFinished)
  const found = await raw<{ name: string }[]>`
    select table_name as name from information_schema.columns
    where column_name = 'secrets' and table_schema = 'public' order by 1`
  expect(found.map(({ name }) => name)).toEqual([...KEEPING_TABLES].sort())
})

test('the key of a queue is sealed anew, counted, and missed at the start, as an endpoint’s is', async () => {
  const { database, ctx, ring, newer, older, worker, run, keep } = await twoKeys()
  await worker([newer.id, older.id])
  const [endpointId = ''] = await keep(newer, [{ pass: 'one' }])
  const queue = { name: 'Camera cards', endpointId, text: 'of a queue' }
  const id = await keepSealedTrigger(database, { ...queue, key: older })
  expect(await whyNotKeys({ ctx: ctx.agent, ring })).toBeNull()
  expect(await whyNotKeys({ ctx: ctx.agent, ring: [ring[0]] })).toMatch(
    new RegExp(`^One secret is sealed to the key ${older.id}, which FILE_ORBIT_SECRET_KEY does not hold`),
  )
  expect((await run('status', '--json')).out).toContain(`"keyId": "${older.id}"`)
  expect(JSON.parse((await run('rotate', '--json')).out)).toMatchObject({ resealed: 1, failed: [] })
  const [row] = await database.db.select().from(triggers).where(eq(triggers.id, id))
  const sealed = row!.secrets.secretAccessKey!
  expect(await open([ring[0]], triggerSecret(id, 'secretAccessKey'), sealed)).toBe('of a queue')
  expect(await whyNotKeys({ ctx: ctx.agent, ring: [ring[0]] })).toBeNull()
  const stranger = parseKeyRing(newKeyText())[0].public
  await keepSealedTrigger(database, { ...queue, name: 'Lost', key: stranger })
  const { failed } = await rotateSecrets({ ctx: ctx.system, ring })
  expect(failed).toMatchObject([{ table: 'triggers', name: 'Lost', field: 'secretAccessKey' }])
})

test('the status counts by key and names those that are missing', async () => {
  const { newer, older, run, keep } = await twoKeys()
  const stranger = parseKeyRing(newKeyText())[0].public
  await keep(older, [{ pass: 'a', bearer_token: 'b' }, { pass: 'c' }])
  expect(await run('status')).toMatchObject({ status: 0, out: expect.stringContaining(newer.id) })
  await keep(stranger, [{ pass: 'd' }])
  const end = await run('status', '--json')
  expect(end.status).toBe(1)
  expect(JSON.parse(end.out)).toEqual({
    keys: [
      { keyId: newer.id, held: true, newest: true, secrets: 0, rows: 0 },
      { keyId: older.id, held: true, newest: false, secrets: 3, rows: 2 },
      { keyId: stranger.id, held: false, newest: false, secrets: 1, rows: 1 },
    ],
  })
})

test('nothing is sealed to a key that a running worker does not hold', async () => {
  const { older, worker, run, keep, rows, ctx, ring, database } = await twoKeys()
  await keep(older, [{ pass: 'one' }])
  const workerId = await worker([older.id])
  const end = await run('rotate')
  expect(end).toMatchObject({ status: 1, out: '' })
  expect(end.err).toContain('rack-7, process 4711')
  expect(end.err).toContain('Restart File Orbit')
  expect(keyIdOf((await rows())[0]!.secrets.pass!)).toBe(older.id)
  // Away for long: it will not come back with the same process.
  const beaten = { busySlots: 0, diskFree: null, slotProcesses: [] }
  await beat({ ctx: ctx.agent, workerId, ...beaten })
  await database.db.execute(sql`update workers set heartbeat_at = now() - interval '1 hour'`)
  const done = await rotateSecrets({ ctx: ctx.system, ring })
  expect(done).toMatchObject({ resealed: 1, failed: [] })
})

test('only the machine itself may', async () => {
  const { ctx, ring } = await twoKeys()
  for (const actor of [ctx.owner, ctx.operatorKey, ctx.agent]) {
    await expect(rotateSecrets({ ctx: actor, ring })).rejects.toThrow('on the machine itself')
  }
})

test('killed in the middle it goes on where it was; what is saved meanwhile stays', async () => {
  const { database, ring, newer, older, worker, env, keep, rows, run } = await twoKeys()
  await worker([newer.id, older.id])
  const count = 600
  const texts = Array.from({ length: count }, (_, at) => ({ pass: `secret ${at}`, bearer_token: `t ${at}` }))
  const ids = await keep(older, texts)
  const first = startCommand(['secrets', 'rotate'], env)
  const isResealed = sql`split_part(${endpoints.secrets}->>'pass', '.', 2) = ${newer.id}`
  const resealed = async () =>
    Number((await database.db.select({ n: sql`count(*)` }).from(endpoints).where(isResealed))[0]!.n)
  while ((await resealed()) === 0) expect(first.process.exitCode).toBeNull()
  first.process.kill('SIGKILL')
  await first.end
  const sofar = await resealed()
  expect(sofar).toBeGreaterThan(0)
  expect(sofar).toBeLessThan(count)
  // Somebody saves while the second goes on: a new password for each of some rows, one after the other.
  const second = startCommand(['secrets', 'rotate', '--json'], env)
  const saved = new Map<string, string>()
  for (const id of ids.toReversed().slice(0, 200)) {
    const place = { table: 'endpoints', row: id, field: 'pass' }
    const text = `saved ${id}`
    const secrets = { pass: await seal(older, place, text) }
    await database.db.update(endpoints).set({ secrets }).where(eq(endpoints.id, id))
    saved.set(id, text)
  }
  const end = await second.end
  const told = JSON.parse(end.out) as { failed: unknown[]; resealed: number }
  expect(told.failed).toEqual([])
  // What was saved after its row had its turn is left for another round.
  expect((await run('rotate')).status).toBe(0)
  const kept = await rows()
  expect(kept.flatMap((row) => Object.values(row.secrets)).filter((s) => keyIdOf(s) !== newer.id)).toEqual([])
  for (const [at, id] of ids.entries()) {
    const opened = await openedSecrets(ring, kept.find((row) => row.id === id)!)
    expect(opened).toEqual(saved.has(id) ? { pass: saved.get(id) } : texts[at])
  }
})

test('a web that seals to a key nobody holds is refused, in words that help', async () => {
  const { database, newer, older, worker } = await twoKeys()
  const { db } = database
  const stranger = parseKeyRing(newKeyText())[0].public
  await worker([newer.id, older.id])
  expect(await whyNobodyOpens(db, newer.id)).toBeNull()
  // A web that was not restarted yet: workers still open what it seals.
  expect(await whyNobodyOpens(db, older.id)).toBeNull()
  expect(await whyNobodyOpens(db, stranger.id)).toContain('secrets public-key')
  // While no worker runs, what the last one said.
  await db.execute(sql`update workers set stopped_at = now()`)
  expect(await whyNobodyOpens(db, newer.id)).toBeNull()
  expect(await whyNobodyOpens(db, older.id)).toContain(older.id)
  const text = Buffer.from(stranger.raw).toString('base64url')
  const seals = sealerFor(text, (keyId) => whyNobodyOpens(db, keyId))
  await expect(seals({ table: 'endpoints', row: 'r', field: 'pass' }, 'x')).rejects.toThrow(UnavailableError)
})
