import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, describe, expect, test } from 'vitest'
import { listAudit } from '#lib/audit/list-audit.ts'
import { removeOldEntries } from '#lib/audit/remove-old-entries.ts'
import type { Context } from '#lib/context.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { contextsOver } from '#tests/support/context.ts'
import { freshDatabase } from '#tests/support/stage.ts'

const database = await freshDatabase(afterAll)
const { db } = database
const ctx = await contextsOver(database, afterAll)

const write = (entry: Partial<typeof auditEntries.$inferInsert>) =>
  db.insert(auditEntries).values({
    ...{ actorType: 'user', actorId: 'u-1', actorLabel: 'ada@studio.example', action: 'job.create' },
    ...entry,
  })

/** All pages' entries, and how many pages they were. */
async function all(input: object, by: Context = ctx.owner) {
  const items: Awaited<ReturnType<typeof listAudit>>['items'] = []
  let pages = 0
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listAudit>> = await listAudit({
      ctx: by,
      input: { ...input, ...(cursor !== null && { cursor }) },
    })
    items.push(...page.items)
    cursor = page.nextCursor
    pages += 1
  } while (cursor !== null)
  return { items, pages }
}

describe('the audit', () => {
  test('is read newest first, page by page, by who, what and subject', async () => {
    await db.delete(auditEntries)
    const job = v7()
    await write({ subjectId: job, detail: { source: 'cards/A001' } })
    await write({ action: 'job.cancel', subjectId: job, actorLabel: 'Bob_100%', actorId: 'u-2' })
    await write({ action: 'job_x', subjectId: 'other' })
    await write({ action: 'user.sign_in', actorLabel: 'eve@studio.example', actorId: 'u-3' })
    const found = async (input: object) => (await all(input)).items.map(({ action }) => action)
    expect(await found({})).toEqual(['user.sign_in', 'job_x', 'job.cancel', 'job.create'])
    expect((await all({ limit: 1 })).pages).toBe(4)
    expect(await found({ action: 'job' })).toEqual(['job.cancel', 'job.create'])
    expect(await found({ action: 'job.cancel' })).toEqual(['job.cancel'])
    expect(await found({ actor: 'STUDIO' })).toEqual(['user.sign_in', 'job_x', 'job.create'])
    expect(await found({ actor: 'b_100%' })).toEqual(['job.cancel'])
    expect(await found({ actor: 'u-3' })).toEqual(['user.sign_in'])
    expect(await found({ actor: '%' })).toEqual(['job.cancel'])
    expect(await found({ q: job })).toEqual(['job.cancel', 'job.create'])
    expect(await found({ q: 'a001' })).toEqual(['job.create'])
    expect(await found({ q: 'a001', actor: 'bob' })).toEqual([])
    expect(await found({ q: ' ' })).toHaveLength(4)
  })

  test('goes back a bounded way for one page, and to the end by the next ones', async () => {
    await db.delete(auditEntries)
    await write({ action: 'rare.deed' })
    // Ids in the order of time, as the verbs make them.
    await db.execute(sql`
      insert into audit_entries (id, actor_type, actor_id, actor_label, action)
      select (${'ffffffff-0000-7000-8000-'} || lpad(to_hex(n), 12, '0'))::uuid, 'system', 's', 's', 'common.deed'
      from generate_series(1, 45000) n`)
    const first = await listAudit({ ctx: ctx.owner, input: { action: 'rare' } })
    expect(first).toMatchObject({ items: [], nextCursor: expect.any(String) })
    const { items, pages } = await all({ action: 'rare' })
    expect([items.length, pages]).toEqual([1, 3])
  })
})

describe('old entries', () => {
  const count = () => db.$count(auditEntries)
  const at = (months: number, more = '0 seconds') =>
    sql`(date_trunc('month', now() at time zone 'UTC') - make_interval(months => ${months})) at time zone 'UTC' + ${more}::interval`

  test('are removed by the month, in batches, with one that says how many', async () => {
    await db.delete(auditEntries)
    await write({ action: 'just.kept', at: at(2) as never })
    await write({ action: 'just.old', at: at(2, '-1 second') as never })
    await db.execute(sql`
      insert into audit_entries (id, at, actor_type, actor_id, actor_label, action)
      select gen_random_uuid(), now() - interval '2 years', 'system', 's', 's', 'old.deed'
      from generate_series(1, 12000)`)
    expect(await removeOldEntries({ ctx: ctx.agent, keepMonths: 0 })).toBe(0)
    expect(await count()).toBe(12_002)
    expect(await removeOldEntries({ ctx: ctx.agent, keepMonths: 2 })).toBe(12_001)
    const { items } = await all({})
    expect(items.map(({ action, detail }) => [action, detail.entries])).toEqual([
      ['retention.remove_audit', 12_001],
      ['just.kept', undefined],
    ])
    // Nothing to do leaves no trace of its own.
    expect(await removeOldEntries({ ctx: ctx.agent, keepMonths: 2 })).toBe(0)
    expect(await count()).toBe(2)
  })

  test('are removed by two workers at once, each a part', async () => {
    await db.delete(auditEntries)
    await db.execute(sql`
      insert into audit_entries (id, at, actor_type, actor_id, actor_label, action)
      select gen_random_uuid(), now() - interval '2 years', 'system', 's', 's', 'old.deed'
      from generate_series(1, 11000)`)
    const parts = await Promise.all([1, 2].map(() => removeOldEntries({ ctx: ctx.agent, keepMonths: 1 })))
    expect(parts[0]! + parts[1]!).toBe(11_000)
  })

  test.each(['owner', 'viewer', 'operatorKey', 'system'] as const)(
    'are not for %s to remove',
    async (who) => {
      await expect(removeOldEntries({ ctx: ctx[who], keepMonths: 1 })).rejects.toMatchObject({
        kind: 'forbidden',
      })
    },
  )
})
