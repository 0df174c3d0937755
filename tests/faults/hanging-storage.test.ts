import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { browseEndpoint } from '#lib/files/list-files.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { eventually } from '#tests/start/processes.ts'
import { rclonesOf } from '#tests/support/chaos/scene.ts'
import { openDepot } from '#tests/support/depot.ts'
import { hangsInKernel, plant, treeOf } from '#tests/support/files.ts'
import { canHang, mountHanging } from '#tests/support/hanging-mount.ts'
import { whenEnded, whenJob } from '#tests/support/when.ts'
import { attemptsOf } from './account.ts'

/** A depot whose folder in/dead never answers, and in/well does. */
async function openDead(what: 'all' | 'files') {
  const depot = await openDepot(undefined, onTestFinished)
  await plant(join(depot.in, 'well'), { 'a.txt': 'a' })
  const dead = await plant(join(depot.in, 'dead'), {})
  const end = await mountHanging(dead, what, onTestFinished)
  const running = (id: string) => whenJob(depot.database, id, 'it runs', ({ state }) => state === 'running')
  return { ...depot, dead, end, running }
}

describe.skipIf(!canHang)('a storage that hangs', () => {
  test('before the first byte: the attempt ends as silent, a person may end it at once, others go on', async () => {
    const depot = await openDead('all')
    const { database } = depot
    const ctx = depot.ctx.operator
    const worker = await depot.worker(onTestFinished, { silenceSeconds: 3, slots: 3 })

    const silent = await depot.begin({ from: 'dead', to: 'silent' })
    const second = await whenJob(database, silent.id, 'it is tried again', ({ attempt }) => attempt === 2)
    expect(second).toMatchObject({ errorCause: 'silent', errorMessage: 'No byte and no file moved for 3 s.' })
    expect((await attemptsOf(database, silent.id))[0]).toMatchObject({
      state: 'interrupted',
      cause: 'silent',
    })
    expect(await depot.run({ from: 'well', to: 'well' })).toMatchObject({ state: 'completed', attempt: 1 })

    await depot.running(silent.id)
    await cancelJob({ ctx, id: silent.id })
    expect(await whenEnded(database, silent.id, 20_000)).toMatchObject({ state: 'cancelled' })

    const paused = await depot.begin({ from: 'dead', to: 'paused' })
    await depot.running(paused.id)
    await pauseJob({ ctx, id: paused.id })
    await whenJob(database, paused.id, 'it is paused', ({ state }) => state === 'paused', 20_000)
    expect(treeOf(depot.out)).toEqual({ 'well/a.txt': 'a' })
    // Its calls into the mount do not keep it from ending.
    await worker.end('SIGTERM')
  })

  test('takes no thread for each attempt: many of them leave the worker what it needs for others', async () => {
    const depot = await openDead('all')
    const ctx = depot.ctx.operator
    const input = { name: 'dead', type: 'local', path: depot.dead }
    const endpoint = await createEndpoint({ ctx: depot.ctx.owner, input })
    const destination = { endpointId: depot.destination.id, path: '' }
    // Node's own number, which four calls into a dead mount would use up.
    await depot.worker(onTestFinished, { slots: 3, env: { UV_THREADPOOL_SIZE: '4' } })
    for (let n = 0; n < 3; n += 1) {
      const source = { endpointId: endpoint.id, path: '' }
      const jobs = await Promise.all(
        ['a', 'b'].map((path) =>
          createJob({ ctx, input: { operation: 'copy', source, destination: { ...destination, path } } }),
        ),
      )
      for (const { id } of jobs) await depot.running(id)
      expect(await depot.run({ from: 'well', to: `well-${n}` })).toMatchObject({ state: 'completed' })
      for (const { id } of jobs) await cancelJob({ ctx, id })
      for (const { id } of jobs) await whenEnded(depot.database, id, 20_000)
    }
  })

  test('and holds its rclone in the kernel: the attempt ends, and nobody else gets that rclone', async () => {
    const depot = await openDead('files')
    const { database } = depot
    const worker = await depot.worker(onTestFinished, { silenceSeconds: 2, slots: 1 })
    await eventually('it has an rclone', () => rclonesOf(worker).length === 1)
    const [held] = rclonesOf(worker)
    const silent = await depot.begin({ from: 'dead', to: 'silent' })
    await whenJob(database, silent.id, 'it is tried again', ({ attempt }) => attempt === 2)
    expect((await attemptsOf(database, silent.id))[0]).toMatchObject({
      state: 'interrupted',
      cause: 'silent',
    })
    expect(hangsInKernel(held!.pid)).toBe(true)

    await cancelJob({ ctx: depot.ctx.operator, id: silent.id })
    expect(await whenEnded(database, silent.id, 30_000)).toMatchObject({ state: 'cancelled' })
    expect(await depot.run({ from: 'well', to: 'well' })).toMatchObject({ state: 'completed', attempt: 1 })
    expect(hangsInKernel(held!.pid)).toBe(true)
    depot.end()
    await eventually('it is gone', () => !existsSync(`/proc/${held!.pid}`))
  })

  test.each(['all', 'files'] as const)(
    'and questions about it (it hangs in %s) keep nobody from looking at another one',
    async (what) => {
      const depot = await openDead(what)
      const ask = asker(depot.database.db, new LiveHub(depot.database.sql))
      const ctx = { ...depot.ctx.operator, ask }
      const input = { name: 'dead', type: 'local', path: depot.dead }
      const { id } = await createEndpoint({ ctx: depot.ctx.owner, input })
      await depot.worker(onTestFinished)
      const began = performance.now()
      const dead = Promise.allSettled(Array.from({ length: 5 }, () => browseEndpoint({ ctx, id, input: {} })))
      for (let n = 0; n < 3; n += 1) {
        const { items } = await browseEndpoint({ ctx, id: depot.source.id, input: { path: 'well' } })
        expect(items.map(({ name }) => name)).toEqual(['a.txt'])
      }
      expect(performance.now() - began).toBeLessThan(15_000)
      for (const answer of await dead) {
        const reason = expect.objectContaining({ message: expect.stringContaining('answer') })
        expect(answer).toMatchObject({ status: 'rejected', reason })
      }
      const { items } = await browseEndpoint({ ctx, id: depot.source.id, input: { path: 'well' } })
      expect(items).toHaveLength(1)
    },
  )
})
