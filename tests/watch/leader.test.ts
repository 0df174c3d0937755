import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { openWatching } from '#tests/support/watching.ts'
import { Leader, LeadLostError, type Term } from '#workers/leader.ts'

const database = await freshDatabase(afterAll)

/** Takes part until the end of the test; `terms` are those it had. */
function candidate(name: string) {
  const terms: Term[] = []
  const leader = new Leader({
    databaseUrl: database.url,
    name,
    lead: async (term) => {
      terms.push(term)
      await new Promise<void>((resolve) => term.signal.addEventListener('abort', () => resolve()))
    },
  })
  leader.start()
  onTestFinished(() => leader.close())
  return { terms, leader }
}

const leads = ({ terms }: { terms: Term[] }) => terms.some(({ signal }) => !signal.aborted)

test('one leads; the other when it goes; each name by itself', async () => {
  const [a, b, other] = [candidate('x'), candidate('x'), candidate('y')]
  await eventually('one of each leads', () => (leads(a) || leads(b)) && leads(other))
  expect(leads(a) && leads(b)).toBe(false)
  const [first, second] = leads(a) ? [a, b] : [b, a]
  await first.leader.close()
  await eventually('the other leads', () => leads(second))
  expect(leads(first)).toBe(false)
})

test('who lost its connection stops, and what it writes is refused', async () => {
  const a = candidate('z')
  await eventually('it leads', () => leads(a))
  const [term] = a.terms
  expect(await term!.transaction(async (tx) => (await tx.execute('select 1 as one'))[0])).toEqual({ one: 1 })
  await database.sql`
    select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 74010
      and database = (select oid from pg_database where datname = current_database())`
  await expect(term!.transaction(async (tx) => tx.execute('select 1'))).rejects.toThrow()
  await eventually('that term is over', () => term!.signal.aborted)
  await expect(term!.transaction(async () => 1)).rejects.toThrow(LeadLostError)
  await eventually('it leads anew', () => leads(a))
})

test('a leader killed or frozen loses the lead in seconds; each file is told and moved once', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  const first = await depot.worker(onTestFinished)
  const a = await openWatching(depot).watch('a', { operation: 'move' })
  await a.ready()
  const second = await depot.worker(onTestFinished)
  const drop = (from: string, count: number) =>
    plant(
      join(depot.in, 'a'),
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${from}/f${n}`, `${from} ${n}`])),
    )
  await drop('one', 40)
  await a.settled(40)

  first.process.kill('SIGSTOP')
  onTestFinished(() => void first.process.kill('SIGCONT'))
  await drop('two', 40)
  await eventually('the second leads', () => second.output().includes('leads'), 30_000)
  await a.settled(80)
  first.process.kill('SIGCONT')
  await drop('three', 40)
  await a.settled(120)
  await eventually('the first knows', () => first.output().includes('leads no more'))

  await second.end('SIGKILL')
  await drop('four', 40)
  const summary = await a.settled(160)
  expect(summary).toMatchObject({ received: 160, transferred: 160, failed: 0, unaccounted: 0 })
  expect(new Set(await a.paths()).size).toBe(160)
})
