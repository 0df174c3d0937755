import { open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { type Operation, operations } from '#lib/jobs/states.ts'
import { check } from '#tests/support/checker.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { whenEnded } from '#tests/support/when.ts'

const depot = await openDepot()
const { database } = depot
const { db } = database

async function carryOut(operation: Operation, name: string): Promise<Errand> {
  const source = await plant(join(depot.in, name), { 'a.txt': 'a', 'b/c.txt': 'cc', 'same.txt': 'new' })
  const destination = await plant(join(depot.out, name), { 'same.txt': 'older', 'old.txt': 'old' })
  const [atSource, atDestination] = [survey(source), survey(destination)]
  const { id } = await depot.begin({ operation, from: name, to: name })
  await whenEnded(database, id)
  return { jobId: id, operation, source, destination, atSource, atDestination }
}

const run = (text: string) => db.execute(sql.raw(text))

/** What goes wrong, how it is made to, and what the checker must say. */
const faults: [string, (errand: Errand, id: string) => Promise<unknown>, string][] = [
  ['a file is missing', ({ destination }) => rm(join(destination, 'a.txt')), 'destination: a.txt is missing'],
  [
    'a file is on neither side',
    async ({ source, destination }) => {
      await rm(join(destination, 'a.txt'))
      await rm(join(source, 'a.txt'))
    },
    'lost: a.txt is whole on neither side',
  ],
  [
    'a file is half',
    ({ destination }) => writeFile(join(destination, 'b/c.txt'), 'c'),
    'foreign: b/c.txt (1 bytes) at the destination is neither old nor new',
  ],
  [
    'a partial file is left',
    ({ destination }) => writeFile(join(destination, 'a.txt.0123abcd.partial'), ''),
    'left behind: a.txt.0123abcd.partial',
  ],
  [
    'a copy took its source along',
    ({ source }) => rename(join(source, 'a.txt'), join(source, '..', 'elsewhere')),
    'source: a.txt is missing',
  ],
  [
    'a row is missing',
    (_, id) => run(`delete from transfers where job_id = '${id}' and path = 'a.txt'`),
    'no row: a.txt',
  ],
  [
    'a row is doubled',
    (_, id) =>
      run(`insert into transfers (job_id, path, size, state, action, attempt, finished_at)
        select job_id, './' || path, size, state, action, attempt, finished_at from transfers
        where job_id = '${id}' and path = 'a.txt'`),
    'row: ./a.txt (completed, copied) is of no file that had to move',
  ],
  [
    'a row has a wrong size',
    (_, id) => run(`update transfers set size = 7 where job_id = '${id}' and path = 'a.txt'`),
    'row: a.txt has 7 bytes instead of 1',
  ],
  [
    'a row names another attempt',
    (_, id) => run(`update transfers set attempt = 2 where job_id = '${id}' and path = 'a.txt'`),
    'log: a.txt was copied in attempt 1, its row says 2',
  ],
  [
    'the figures are wrong',
    (_, id) => run(`update jobs set files = 2, bytes = 5 where id = '${id}'`),
    'figures: 2 files, and rows for 3',
  ],
  [
    'two attempts overlap',
    (_, id) =>
      run(`with moved as (update attempts set number = 2 where job_id = '${id}' returning *),
          job as (update jobs set attempt = 2 where id = '${id}')
        insert into attempts (id, job_id, number, state, epoch, created_at, started_at, finished_at, cause)
        select gen_random_uuid(), job_id, 1, 'interrupted', 1, created_at, started_at,
          finished_at + interval '1 second', 'worker_lost' from moved`),
    'attempt 2 overlaps the one before',
  ],
  [
    'an attempt before the last completed too',
    (_, id) =>
      run(`with job as (update jobs set attempt = 2 where id = '${id}')
        insert into attempts (id, job_id, number, state, epoch, created_at, started_at, finished_at)
        select gen_random_uuid(), job_id, 2, state, 1, finished_at, finished_at, finished_at
        from attempts where job_id = '${id}'`),
    'an attempt before the last is completed, completed',
  ],
  [
    'the end is not that of its last attempt',
    (_, id) => run(`update jobs set state = 'failed', error_cause = 'unknown' where id = '${id}'`),
    'the job is failed, its last attempt completed',
  ],
  [
    'a message is left',
    (_, id) =>
      run(`insert into pgboss.job (name, data) select 'attempts', jsonb_build_object('attemptId', id)
        from attempts where job_id = '${id}'`),
    'a message (created) is left for attempt 1',
  ],
  [
    'the log tells of a file twice',
    (_, id) =>
      run(`insert into log_chunks (job_id, seq, attempt, lines, body)
        select job_id, seq + 100, attempt, lines, body from log_chunks where job_id = '${id}'`),
    'log: a.txt was copied in attempts 1, 1',
  ],
]

const worker = await depot.worker(afterAll)
const names = [...operations, 'held', ...faults.map(([what]) => what)]
const errands = new Map(
  await Promise.all(
    names.map(async (name) => {
      const operation = operations.find((one) => one === name) ?? 'copy'
      return [name, await carryOut(operation, name.replaceAll(' ', '-'))] as const
    }),
  ),
)
// Or it would take what is planted here for work.
await worker.end('SIGTERM')

test.each(operations)('a %s in which nothing went wrong has no findings', async (operation) => {
  expect(await check(database, errands.get(operation)!)).toEqual([])
})

test.each(faults)('found: %s', async (what, cause, finding) => {
  const errand = errands.get(what)!
  await cause(errand, errand.jobId)
  expect(await check(database, errand)).toContain(finding)
})

test('found: a process that still holds a file of the job', async () => {
  const errand = errands.get('held')!
  const held = await open(join(errand.destination, 'a.txt'))
  expect(await check(database, errand)).toContain(
    `left behind: process ${process.pid} holds a file of the job`,
  )
  await held.close()
})
