import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { removedMonths } from '#lib/db/schema/retention.ts'
import { transfers } from '#lib/db/schema/transfers.ts'
import { listTransfers, readLog } from '#lib/jobs/details.ts'
import { getJob, getJobView } from '#lib/jobs/queries.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import { idsOf, type Month, monthAt, monthOf, nextMonth } from '#lib/retention/months.ts'
import { makePartitions } from '#lib/retention/partitions.ts'
import { removeOldJobs } from '#lib/retention/remove-old-jobs.ts'
import { fileEnd, openStage, reportOf, type Stage } from '#tests/support/stage.ts'

const now = new Date()
const keep = (stage: Stage, keepMonths: number) => removeOldJobs({ ctx: stage.ctx.agent, keepMonths })

/** A job as if made in the middle of that month; its files go where those of such a job go. */
async function jobOf(stage: Stage, month: Month, state: 'completed' | 'failed' | 'paused' = 'completed') {
  const { from } = idsOf(month)
  const id = `${from.slice(0, 14)}7${randomBytes(2).toString('hex').slice(1)}-a000-${randomBytes(6).toString('hex')}`
  const ended = state === 'paused' ? null : new Date()
  await stage.database.db.insert(jobs).values({
    ...{ id, state, operation: 'copy', sourcePath: 'a', destinationPath: 'b', createdBy: 'test' },
    ...{ sourceEndpointId: stage.source.id, destinationEndpointId: stage.destination.id },
    ...{ files: 3, bytes: 30, failedFiles: state === 'failed' ? 1 : 0, finishedAt: ended },
    errorCause: state === 'failed' ? 'network' : null,
  })
  await stage.database.db.insert(attempts).values({
    ...{ jobId: id, number: 1, state: 'cancelled', finishedAt: new Date() },
  })
  await stage.database.db.execute(sql`
    insert into transfers (job_id, path, size, state, action, attempt)
    select ${id}::uuid, 'f' || n, 10, 'completed', 'copied', 1 from generate_series(1, 3) as n`)
  await stage.database.db.execute(sql`
    insert into log_chunks (job_id, seq, attempt, lines, body) values (${id}::uuid, 1, 1, 0, '')`)
  return id
}

async function withMonths(stage: Stage, ...months: Month[]) {
  for (const month of months) {
    await stage.database.db.execute(sql`
      select ensure_month_partition(parent, ${`${month}-01T00:00:00Z`}::timestamptz)
      from unnest(array['transfers', 'log_chunks']) as parent`)
  }
}

async function tables(stage: Stage): Promise<string[]> {
  const rows = await stage.database.db.execute<{ name: string }>(
    sql`select relname as name from pg_class where relkind = 'r' and relname ~ '(transfers|log_chunks)_' order by 1`,
  )
  return rows.map(({ name }) => name)
}

const partitionsOf = (...months: Month[]) =>
  months.flatMap((month) => ['transfers', 'log_chunks'].map((name) => `${name}_${month.replace('-', '_')}`))

describe('months', () => {
  test('are those of the ids, also at their edges', () => {
    expect(monthOf(idsOf('2025-03').from)).toBe('2025-03')
    expect(idsOf('2025-12').to).toBe(idsOf('2026-01').from)
    expect(nextMonth('2025-12')).toBe('2026-01')
    expect(monthAt(new Date('2026-01-31T23:59:59.999Z'), -13)).toBe('2024-12')
    expect(monthAt(new Date('2026-03-31T00:00:00Z'), -1)).toBe('2026-02')
  })
})

const stage = await openStage(afterAll)
const { db } = stage.database
const [edge, past, long] = [monthAt(now, -2), monthAt(now, -3), monthAt(now, -20)]
await withMonths(stage, edge, past, long)
const young = await jobOf(stage, edge)
const old = [await jobOf(stage, past), await jobOf(stage, past, 'failed'), await jobOf(stage, long)]

describe('what is older than the months kept', () => {
  test('stays for ever with 0', async () => {
    expect(await keep(stage, 0)).toEqual({ removed: [], held: [] })
    expect(await db.$count(jobs)).toBe(4)
  })

  test('goes with its partitions, and what is left is its sums, in the audit too; the young stays', async () => {
    const { removed, held } = await keep(stage, 2)
    expect(held).toEqual([])
    expect(
      removed.map(({ month, jobs, files, bytes, failedFiles }) => [month, jobs, files, bytes, failedFiles]),
    ).toEqual([
      [long, 1, 3, 30, 0],
      [past, 2, 6, 60, 1],
    ])
    expect(await tables(stage)).toEqual(expect.arrayContaining(partitionsOf(edge)))
    for (const name of await tables(stage)) expect(partitionsOf(past, long)).not.toContain(name)
    expect((await tables(stage)).filter((name) => name.startsWith('removed'))).toEqual([])
    expect((await db.select({ id: jobs.id }).from(jobs)).map(({ id }) => id)).toEqual([young])
    expect(await db.$count(attempts)).toBe(1)
    const audit = await db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, 'retention.remove_month'))
    expect(audit.map(({ subjectId, detail }) => [subjectId, detail])).toEqual([
      [long, { jobs: 1, files: 3, bytes: 30, failedFiles: 0 }],
      [past, { jobs: 2, files: 6, bytes: 60, failedFiles: 1 }],
    ])
    expect((await listTransfers({ ctx: stage.ctx.viewer, id: young, input: {} })).items).toHaveLength(3)
  })

  test('is not removed twice', async () => {
    expect(await keep(stage, 2)).toEqual({ removed: [], held: [] })
    expect(await db.$count(auditEntries, eq(auditEntries.action, 'retention.remove_month'))).toBe(2)
  })

  test('is said to be removed, not to have had no files; what never was is not', async () => {
    const { viewer, operator } = stage.ctx
    const [id] = old
    const asked: (() => Promise<unknown>)[] = [
      () => getJob({ ctx: viewer, id: id! }),
      () => getJobView({ ctx: viewer, id: id! }),
      () => listTransfers({ ctx: viewer, id: id!, input: {} }),
      () => readLog({ ctx: viewer, id: id!, input: {} }),
      () => retryJob({ ctx: operator, id: id! }),
    ]
    for (const ask of asked) {
      await expect(ask()).rejects.toMatchObject({ kind: 'gone', message: expect.stringContaining(past) })
    }
    const never = idsOf(monthAt(now, -4)).from
    await expect(getJob({ ctx: viewer, id: never })).rejects.toMatchObject({ kind: 'not_found' })
  })
})

test('a job that has not ended keeps its whole month until it has', async () => {
  const stage = await openStage(afterAll)
  const { db } = stage.database
  const month = monthAt(now, -5)
  await withMonths(stage, month)
  await jobOf(stage, month)
  const paused = await jobOf(stage, month, 'paused')
  expect(await keep(stage, 1)).toEqual({ removed: [], held: [{ month, because: 'unfinished job' }] })
  expect(await db.$count(transfers)).toBe(6)
  expect(await db.$count(jobs)).toBe(2)
  await db.update(jobs).set({ state: 'cancelled', finishedAt: new Date() }).where(eq(jobs.id, paused))
  expect((await keep(stage, 1)).removed).toMatchObject([{ month, jobs: 2, files: 6 }])
})

test('a removal that was cut off between its jobs and its partitions is brought to its end', async () => {
  const stage = await openStage(afterAll)
  const { db, sql: raw } = stage.database
  const month = monthAt(now, -5)
  await withMonths(stage, month)
  await jobOf(stage, month)
  // Killed after one table was taken out.
  const [transfersOf] = partitionsOf(month)
  await raw.unsafe(`alter table transfers detach partition ${transfersOf}`)
  await raw.unsafe(`alter table ${transfersOf} rename to removed_${transfersOf}`)
  await db.delete(jobs)
  await db.insert(removedMonths).values({ month, jobs: 1, files: 3, bytes: 30 })
  expect((await keep(stage, 1)).removed).toMatchObject([{ month, jobs: 1, files: 3 }])
  expect(await tables(stage)).not.toEqual(
    expect.arrayContaining([expect.stringContaining(month.replace('-', '_'))]),
  )
})

test('behind a reader it gives up at once, so that writers do not wait, and goes on later', async () => {
  const stage = await openStage(afterAll)
  const month = monthAt(now, -5)
  await withMonths(stage, month)
  await jobOf(stage, month)
  const { held: attempt } = await stage.running('writer')
  const write = (path: string) =>
    reportAttempts({ ctx: stage.ctx.agent, reports: [reportOf(attempt, { files: [fileEnd(path)] })] })
  const reader = await stage.database.sql.reserve()
  await reader.unsafe('begin')
  await reader.unsafe('select count(*) from transfers')
  let done = false
  const removal = keep(stage, 1).finally(() => {
    done = true
  })
  const waits: number[] = []
  let n = 0
  do {
    const began = performance.now()
    await write(`f${n++}`)
    waits.push(performance.now() - began)
  } while (!done)
  expect(await removal).toEqual({ removed: [], held: [{ month, because: 'table in use' }] })
  // Many times the lock's time-out of 250 ms: a writer that waited for the reader would wait for ever.
  expect(Math.max(...waits)).toBeLessThan(15_000)
  await reader.unsafe('commit')
  reader.release()
  expect((await keep(stage, 1)).removed).toMatchObject([{ month, jobs: 1 }])
  expect(
    (await listTransfers({ ctx: stage.ctx.viewer, id: attempt.jobId, input: { limit: 200 } })).items.length,
  ).toBe(Math.min(n, 200))
})

test('two workers at once remove and tell each job once', async () => {
  const stage = await openStage(afterAll)
  const month = monthAt(now, -5)
  await withMonths(stage, month)
  for (let n = 0; n < 30; n += 1) await jobOf(stage, month)
  const both = await Promise.all([keep(stage, 1), keep(stage, 1)])
  await keep(stage, 1)
  expect(both.flatMap(({ removed }) => removed)).toHaveLength(1)
  const [left] = await stage.database.db.select().from(removedMonths)
  expect(left).toMatchObject({ month, jobs: 30, files: 90, bytes: 900 })
})

describe('partitions', () => {
  test('of this month and two more are there before their first row', async () => {
    const stage = await openStage(afterAll)
    await makePartitions(stage.database.db)
    const ahead = [monthAt(now), monthAt(now, 1), monthAt(now, 2)]
    expect(await tables(stage)).toEqual(expect.arrayContaining(partitionsOf(...ahead)))
  })

  test('are made for rows that fell into the default partition, which is empty again', async () => {
    const stage = await openStage(afterAll)
    const { db, sql: raw } = stage.database
    const month = monthAt(now, 6)
    const id = await jobOf(stage, month)
    expect(await raw`select 1 from transfers_default`).toHaveLength(3)
    const { moved, left } = await makePartitions(db)
    expect(moved).toEqual([
      { table: 'transfers', month, rows: 3 },
      { table: 'log_chunks', month, rows: 1 },
    ])
    expect(left).toEqual([])
    expect(
      await raw`select 1 from transfers_default union all select 1 from log_chunks_default`,
    ).toHaveLength(0)
    expect(await tables(stage)).toEqual(expect.arrayContaining(partitionsOf(month)))
    expect((await listTransfers({ ctx: stage.ctx.viewer, id, input: {} })).items).toHaveLength(3)
    // Unique still: the key came along.
    await expect(
      db.execute(sql`insert into transfers (job_id, path, size, state, action, attempt)
      values (${id}::uuid, 'f1', 1, 'completed', 'copied', 1)`),
    ).rejects.toMatchObject({ cause: { code: '23505' } })
  })

  test('are not made for an impossible month; its rows are told', async () => {
    const stage = await openStage(afterAll)
    const month = monthAt(now, 600)
    await jobOf(stage, month)
    const { moved, left } = await makePartitions(stage.database.db)
    expect(moved).toEqual([])
    expect(left).toEqual([
      { table: 'transfers', month, rows: 3 },
      { table: 'log_chunks', month, rows: 1 },
    ])
  })
})
