import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { openAnswerGate } from '#tests/support/answer-gate.ts'
import { client, makeKey } from '#tests/support/api.ts'
import { barrierBefore } from '#tests/support/barrier.ts'
import { scene } from '#tests/support/chaos/scene.ts'
import { check } from '#tests/support/checker.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge } from '#tests/support/files.ts'
import { follow } from '#tests/support/follower.ts'
import { openOwnServer } from '#tests/support/own-server.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { trickle } from '#tests/support/trickle.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'

const MiB = 1024 * 1024

test('PostgreSQL crashes and returns under a transfer, open streams and creations: nothing lost or run twice', async () => {
  const server = await openOwnServer(onTestFinished)
  const depot = await openDepot(server.database, onTestFinished)
  const worker = await depot.worker(onTestFinished)
  const web = await startWeb(server.database.url, onTestFinished)
  const api = client(web.url, { authorization: `Bearer ${await makeKey(depot.ctx, 'operator')}` })
  const followers = [follow([api], onTestFinished), follow([api], onTestFinished)]

  await plant(
    join(depot.in, 'many'),
    Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}.txt`, `${n}`])),
  )
  await plantLarge(join(depot.in, 'many', 'big.bin'), 12 * MiB)
  await plant(join(depot.in, 'few'), { 'a.txt': 'a', 'b/c.txt': 'c' })
  const sides = (path: string) => ({ source: join(depot.in, path), atSource: survey(join(depot.in, path)) })
  const { id } = await depot.begin({ from: 'many', to: 'many', options: { bandwidth: '2M' } })
  const running: Errand = {
    ...{ jobId: id, operation: 'copy', destination: join(depot.out, 'many'), atDestination: {} },
    ...sides('many'),
  }
  await whenMoving(server.database, id)
  const to = (n: number) => ({
    operation: 'copy',
    source: { endpointId: depot.source.id, path: 'few' },
    destination: { endpointId: depot.destination.id, path: `few-${n}` },
  })
  const creating = trickle([api], to, 20)
  for (let n = 0; n < 3; n += 1) {
    const before = creating.created.length
    await eventually('jobs are created', () => creating.created.length > before + 5)
    await server.crash()
    await server.start()
  }
  const before = creating.created.length
  await eventually('jobs are created again', () => creating.created.length > before + 5)
  const created = await creating.stop()

  expect(await whenEnded(server.database, id)).toMatchObject({ state: 'completed', attempt: 1 })
  expect(await check(server.database, running)).toEqual([])
  const ids = created.map((job) => job.id)
  for (const follower of followers) await follower.knowsEndOf([id, ...ids])
  for (const jobId of ids)
    expect(await whenEnded(server.database, jobId)).toMatchObject({ state: 'completed' })
  for (const [n, jobId] of ids.entries()) {
    const destination = join(depot.out, `few-${n}`)
    const errand: Errand = { jobId, operation: 'copy', destination, atDestination: {}, ...sides('few') }
    expect(await check(server.database, errand)).toEqual([])
  }
  // None was made twice, none was made of which its client does not know.
  expect((await server.database.db.select({ id: jobs.id }).from(jobs)).map((job) => job.id).sort()).toEqual(
    [id, ...ids].sort(),
  )
  // What was refused was refused as "try again": never 500, never a cut connection.
  const refusals = created.flatMap((job) => job.refusals)
  expect(refusals.length).toBeGreaterThan(0)
  expect(new Set(refusals)).toEqual(new Set([503]))
  expect(worker.process.exitCode).toBeNull()
  expect(worker.output()).not.toContain('"level":"fatal"')
  expect(web.process.exitCode).toBeNull()
})

test('while PostgreSQL is away the web says so in time, and a stop of the worker is no matter of waiting', async () => {
  const server = await openOwnServer(onTestFinished)
  const depot = await openDepot(server.database, onTestFinished)
  const worker = await depot.worker(onTestFinished)
  const web = await startWeb(server.database.url, onTestFinished)
  const api = client(web.url, { authorization: `Bearer ${await makeKey(depot.ctx, 'operator')}` })
  await plantLarge(join(depot.in, 'big', 'big.bin'), 50 * MiB)
  const { id } = await depot.begin({ from: 'big', to: 'big', options: { bandwidth: '1M' } })
  await whenMoving(server.database, id)
  const { email } = await makeUser(server.database, 'viewer')
  const cookie = (await signIn(web.url, email))!
  const person = client(web.url, { cookie })
  for (const one of [api, person]) expect((await one.get('/jobs')).status).toBe(200)
  await server.stop()
  const began = performance.now()
  const asked = Array.from({ length: 40 }, () => api.get('/jobs'))
  for (const answer of await Promise.all([
    ...asked,
    api.post('/jobs', {}),
    api.get('/stream'),
    person.get('/jobs'),
  ])) {
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ status: 503, detail: expect.stringContaining('database') })
  }
  expect(performance.now() - began).toBeLessThan(20_000)
  expect(await api.get('/health')).toMatchObject({ status: 503, body: { status: 'down', database: 'down' } })

  const told = performance.now()
  expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(performance.now() - told).toBeLessThan(11_500)
  const session = await fetch(`${web.url}/api/auth/session`, { headers: { cookie } })
  // Signed out, its cookie would be taken away here.
  expect(session.headers.getSetCookie().join()).not.toMatch(/session-token=;/)
  await server.start()
  for (const one of [api, person]) expect((await one.get('/jobs')).status).toBe(200)
  await depot.worker(onTestFinished)
  expect((await api.patch(`/jobs/${id}`, { bandwidth: 'off' })).status).toBe(200)
  expect(await whenEnded(server.database, id)).toMatchObject({ state: 'completed', attempt: 2 })
})

test(
  'the answer to a claim is lost: the job runs all the same, and the transfer beside it goes on',
  scene(async (depot) => {
    const gate = await openAnswerGate(depot.database.url, depot.later)
    const worker = await depot.worker(depot.later, { databaseUrl: gate.url, slots: 2 })
    const beside = await depot.slow()
    await whenMoving(depot.database, beside.jobId)
    const barrier = await barrierBefore('claim', depot.database, depot.later)
    const errand = await depot.quick()
    const held = gate.holdCommitOf(await barrier.reached())
    await barrier.open()
    await held
    gate.cut()
    expect(await whenEnded(depot.database, errand.jobId, 20_000)).toMatchObject({
      state: 'completed',
      attempt: 2,
    })
    expect(worker.output()).toContain('taken without an answer')
    expect(await check(depot.database, errand)).toEqual([])
    await updateJob({ ctx: depot.ctx.operator, id: beside.jobId, input: { bandwidth: 'off' } })
    expect(await whenEnded(depot.database, beside.jobId)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await check(depot.database, beside)).toEqual([])
  }),
)
