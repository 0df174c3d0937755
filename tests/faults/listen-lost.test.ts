import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { client, makeKey } from '#tests/support/api.ts'
import { check } from '#tests/support/checker.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge } from '#tests/support/files.ts'
import { follow } from '#tests/support/follower.ts'
import { trickle } from '#tests/support/trickle.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'

test('the LISTEN of worker and web is taken away again and again: all ends, all is told, streams stay open', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  const { database } = depot
  await plant(join(depot.in, 'few'), { 'a.txt': 'a', 'b/c.txt': 'c' })
  await plantLarge(join(depot.in, 'big', 'big.bin'), 50 * 1024 * 1024)
  await depot.worker(onTestFinished, { slots: 3 })
  const web = await startWeb(database.url, onTestFinished)
  const api = client(web.url, { authorization: `Bearer ${await makeKey(depot.ctx, 'operator')}` })
  const follower = follow([api], onTestFinished)

  /** Those of worker and web alone: this test listens too. Their last statement was the LISTEN. */
  const listeners = () => database.sql<{ pid: number; name: string }[]>`
    select pid, application_name as name from pg_stat_activity
    where datname = current_database() and query like 'listen %'
      and application_name in ('file-orbit worker', 'file-orbit web')`
  const deafen = async () => {
    const gone = await listeners()
    expect(new Set(gone.map(({ name }) => name))).toEqual(new Set(['file-orbit worker', 'file-orbit web']))
    await database.sql`select pg_terminate_backend(pid) from unnest(${gone.map(({ pid }) => pid)}::int[]) as pid`
    return gone.map(({ pid }) => pid)
  }
  const bothListen = async () => new Set((await listeners()).map(({ name }) => name)).size === 2

  const long = async (path: string) =>
    (await depot.begin({ from: 'big', to: path, options: { bandwidth: '1M' } })).id
  const [finished, cancelled] = [await long('finished'), await long('cancelled')]
  await whenMoving(database, finished)
  await whenMoving(database, cancelled)
  const input = (n: number) => ({
    operation: 'copy',
    source: { endpointId: depot.source.id, path: 'few' },
    destination: { endpointId: depot.destination.id, path: `few-${n}` },
  })
  await eventually('both listen', bothListen)
  const creating = trickle([api], input, 20)
  for (let n = 0; n < 6; n += 1) {
    const before = creating.created.length
    const lost = await deafen()
    await eventually('jobs are created', () => creating.created.length > before + 4)
    await eventually('both listen anew', async () => {
      const now = await listeners()
      return (await bothListen()) && now.every(({ pid }) => !lost.includes(pid))
    })
  }
  // What a person asks for in the moment that nobody listens is done all the same.
  await deafen()
  await cancelJob({ ctx: depot.ctx.operator, id: cancelled })
  await updateJob({ ctx: depot.ctx.operator, id: finished, input: { bandwidth: 'off' } })
  const created = await creating.stop()

  expect(await whenEnded(database, cancelled, 20_000)).toMatchObject({ state: 'cancelled', attempt: 1 })
  expect(await whenEnded(database, finished)).toMatchObject({ state: 'completed', attempt: 1 })
  const ids = created.map(({ id }) => id)
  for (const jobId of ids) {
    expect(await whenEnded(database, jobId)).toMatchObject({ state: 'completed', attempt: 1 })
  }
  for (const [n, jobId] of ids.entries()) {
    const [source, destination] = [join(depot.in, 'few'), join(depot.out, `few-${n}`)]
    const atSource = survey(source)
    const errand: Errand = { jobId, operation: 'copy', source, destination, atSource, atDestination: {} }
    expect(await check(database, errand)).toEqual([])
  }
  await follower.knowsEndOf([finished, cancelled, ...ids])
  expect(follower.statesOf(cancelled).at(-1)).toBe('cancelled')
  expect(follower.breaks).toBe(0)
  expect(created.flatMap(({ refusals }) => refusals)).toEqual([])
})
