import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '#tests/start/processes.ts'
import { client, makeKey } from '#tests/support/api.ts'
import { check } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { holdersOf, plant, plantLarge } from '#tests/support/files.ts'
import { follow } from '#tests/support/follower.ts'
import { trickle } from '#tests/support/trickle.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded } from '#tests/support/when.ts'

const MiB = 1024 * 1024
/** By their limit these take nine seconds: longer than a worker that stops lets them be. */
const isLong = (n: number) => n % 8 === 0
/** Three seconds of grace, some of handing over, and room for a busy machine: a worker gives up by itself after twelve. */
const GRACE_MS = 11_500

test('two workers and two webs are replaced one after the other, twice round, under a steady trickle', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  await plant(join(depot.in, 'short'), { 'a.txt': 'a', 'b/c.txt': 'c' })
  await plant(join(depot.in, 'long'), { 'small.txt': 'small' })
  await plantLarge(join(depot.in, 'long', 'big.bin'), 18 * MiB)
  const start = () => depot.worker(onTestFinished, { slots: 3 })
  const workers = [await start(), await start()]
  const webs = [
    await startWeb(depot.database.url, onTestFinished),
    await startWeb(depot.database.url, onTestFinished),
  ]
  const authorization = `Bearer ${await makeKey(depot.ctx, 'operator')}`
  const apis = webs.map(({ url }) => client(url, { authorization }))
  const followers = [follow(apis, onTestFinished), follow(apis.toReversed(), onTestFinished)]

  const folder = (n: number) => (isLong(n) ? 'long' : 'short')
  const input = (n: number) => ({
    operation: 'copy',
    source: { endpointId: depot.source.id, path: folder(n) },
    destination: { endpointId: depot.destination.id, path: `${folder(n)}-${n}` },
    options: isLong(n) ? { bandwidth: '2M' } : {},
  })
  const creating = trickle(apis, input, 300)
  const hasLong = async (pid: number) => {
    const rows = await depot.database.sql`
      select 1 from attempts a join workers w on w.id = a.worker_id join jobs j on j.id = a.job_id
      where a.state = 'running' and w.pid = ${pid} and j.source_path = 'long' and j.bytes between 1 and ${6 * MiB}`
    return rows.length > 0
  }
  const replaceWorker = async (at: number) => {
    const replaced = workers[at]!
    workers[at] = await start()
    await eventually('it is not near the end of a long one', () => hasLong(replaced.pid), 60_000)
    const began = performance.now()
    expect(await replaced.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(GRACE_MS)
  }
  const replaceWeb = async (at: number) => {
    const began = performance.now()
    await webs[at]!.stop()
    expect(webs[at]!.process.exitCode).toBe(0)
    expect(performance.now() - began).toBeLessThan(GRACE_MS)
    await webs[at]!.start()
  }
  for (const at of [0, 1, 0, 1]) {
    const before = creating.created.length
    await eventually('the trickle goes on', () => creating.created.length > before + 4, 20_000)
    await Promise.all([replaceWorker(at), replaceWeb(at)])
  }
  const created = await creating.stop()
  const ids = created.map(({ id }) => id)

  for (const jobId of ids) {
    expect(await whenEnded(depot.database, jobId)).toMatchObject({ state: 'completed', errorCause: null })
  }
  const handedOver: number[] = []
  for (const [n, jobId] of ids.entries()) {
    const source = join(depot.in, folder(n))
    const destination = join(depot.out, `${folder(n)}-${n}`)
    const atSource = survey(source)
    const errand: Errand = { jobId, operation: 'copy', source, destination, atSource, atDestination: {} }
    // Attempts that do not overlap, one of them completed and the last, nothing half, rows, log.
    expect(await check(depot.database, errand)).toEqual([])
    const { attempts } = await readBooks(depot.database, jobId)
    const earlier = attempts.slice(0, -1)
    expect(earlier.map(({ state, cause }) => [state, cause])).toEqual(
      earlier.map(() => ['interrupted', 'worker_lost']),
    )
    handedOver.push(...earlier.map(() => n))
  }
  // At every stop one at least.
  expect(handedOver.filter(isLong).length).toBeGreaterThanOrEqual(4)
  for (const follower of followers) {
    await follower.knowsEndOf(ids)
    expect(new Set(ids.map((id) => follower.statesOf(id).at(-1)))).toEqual(new Set(['completed']))
  }
  // A web that stops says so, or is not there: nothing else was ever answered.
  expect(new Set([503, null])).toEqual(new Set([503, null, ...created.flatMap(({ refusals }) => refusals)]))
  expect(holdersOf(depot.root)).toEqual([])
}, 240_000)
