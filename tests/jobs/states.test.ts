import { v7 } from 'uuid'
import { afterAll, describe, expect, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import { routeOf } from '#lib/jobs/route.ts'
import { isTerminal, type JobState, jobEdges, jobStates } from '#lib/jobs/states.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { tellHeld } from '#lib/jobs/tell-held.ts'
import { transition } from '#lib/jobs/transition.ts'
import { dueNow, openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const { db } = database

const NETWORK = { kind: 'failed', cause: 'network', message: 'The link is down.' } as const
const LOST = { kind: 'interrupted', cause: 'worker_lost', message: 'It went away.' } as const
const PERSON = { kind: 'failed', cause: 'permission', message: 'Not yours.' } as const

async function retrying() {
  const { job, held } = await stage.running()
  await stage.end(held, NETWORK)
  return job
}

async function stopped(how: typeof cancelJob) {
  const job = await stage.queued()
  return how({ ctx: ctx.operator, id: job.id })
}

async function failed() {
  const { job, held } = await stage.running()
  await stage.end(held, PERSON)
  return job
}

const route = routeOf({ sourceEndpointId: stage.source.id, destinationEndpointId: stage.destination.id })

async function held() {
  const job = await stage.queued()
  await tellHeld({ ctx: ctx.agent, held: [route], freed: [] })
  return job
}

/** Each edge that a verb makes today: a job in `from`, then the verb. */
const byVerb: [JobState, JobState, () => Promise<string>][] = [
  ['queued', 'running', async () => (await stage.running()).job.id],
  ['queued', 'paused', async () => (await stopped(pauseJob)).id],
  ['queued', 'cancelled', async () => (await stopped(cancelJob)).id],
  ['queued', 'pending', async () => (await held()).id],
  [
    'pending',
    'running',
    async () => {
      const job = await held()
      expect(await stage.claim(job.id)).toMatchObject({ number: 1 })
      return job.id
    },
  ],
  [
    'pending',
    'queued',
    async () => {
      const job = await held()
      await tellHeld({ ctx: ctx.agent, held: [], freed: [route] })
      return job.id
    },
  ],
  ['pending', 'paused', async () => (await pauseJob({ ctx: ctx.operator, id: (await held()).id })).id],
  ['pending', 'cancelled', async () => (await cancelJob({ ctx: ctx.operator, id: (await held()).id })).id],
  ['running', 'completed', () => ending({ kind: 'completed' })],
  ['running', 'failed', () => ending(PERSON)],
  ['running', 'retrying', () => ending(NETWORK)],
  ['running', 'queued', () => ending(LOST)],
  ['running', 'cancelled', () => ending({ kind: 'cancelled' }, cancelJob)],
  ['running', 'paused', () => ending({ kind: 'cancelled' }, pauseJob)],
  [
    'retrying',
    'running',
    async () => {
      const job = await retrying()
      await dueNow(stage, job.id)
      expect(await stage.claim(job.id)).toMatchObject({ number: 2 })
      return job.id
    },
  ],
  ['retrying', 'paused', async () => (await pauseJob({ ctx: ctx.operator, id: (await retrying()).id })).id],
  [
    'retrying',
    'cancelled',
    async () => (await cancelJob({ ctx: ctx.operator, id: (await retrying()).id })).id,
  ],
  [
    'paused',
    'queued',
    async () => (await resumeJob({ ctx: ctx.operator, id: (await stopped(pauseJob)).id })).id,
  ],
  [
    'paused',
    'cancelled',
    async () => (await cancelJob({ ctx: ctx.operator, id: (await stopped(pauseJob)).id })).id,
  ],
  ['failed', 'queued', async () => (await retryJob({ ctx: ctx.operator, id: (await failed()).id })).id],
  [
    'cancelled',
    'queued',
    async () => (await retryJob({ ctx: ctx.operator, id: (await stopped(cancelJob)).id })).id,
  ],
]

async function ending(outcome: Parameters<typeof stage.end>[1], ask?: typeof cancelJob): Promise<string> {
  const { job, held } = await stage.running()
  if (ask) expect(await ask({ ctx: ctx.operator, id: job.id })).toMatchObject({ state: 'running' })
  expect(await stage.end(held, outcome)).toBe(true)
  return job.id
}

/** Drawn for what later issues bring (approvals, limits, waits); nothing makes them yet. */
const noVerbYet = [
  ...['pending>failed', 'running>pending', 'retrying>pending'],
  ...['queued>failed', 'retrying>queued', 'retrying>failed'],
]

test('every edge has a verb, or is known to have none yet', () => {
  const drawn = jobStates.flatMap((from) => jobEdges[from].map((to) => `${from}>${to}`))
  expect([...byVerb.map(([from, to]) => `${from}>${to}`), ...noVerbYet].sort()).toEqual(drawn.sort())
})

test.each(byVerb)('%s → %s by its verb', async (_from, to, make) => {
  const row = await stage.row(await make())
  expect(row.state).toBe(to)
  expect(row.finishedAt !== null).toBe(isTerminal(to))
  expect(row.stopRequested).toBeNull()
  const live = (await stage.attemptsOf(row.id)).filter(({ state }) => ['queued', 'running'].includes(state))
  expect(live.map(({ state, number }) => [state, number])).toEqual(
    {
      pending: [['queued', row.attempt]],
      queued: [['queued', row.attempt]],
      retrying: [['queued', row.attempt]],
      running: [['running', row.attempt]],
    }[to as string] ?? [],
  )
})

/** A job put into a state by hand, as no verb would. */
async function inState(state: JobState): Promise<string> {
  const id = v7()
  await db.insert(jobs).values({
    id,
    state,
    operation: 'copy',
    sourceEndpointId: stage.source.id,
    sourcePath: '',
    destinationEndpointId: stage.destination.id,
    destinationPath: '',
    createdBy: 'test',
    waitingFor: state === 'pending' ? 'approval' : null,
    finishedAt: isTerminal(state) ? new Date() : null,
    errorCause: state === 'failed' ? 'unknown' : null,
  })
  return id
}

describe('transition', () => {
  const pairs = jobStates.flatMap((from) => jobStates.map((to) => [from, to] as const))
  const edges = pairs.filter(([from, to]) => jobEdges[from].includes(to))
  const others = pairs.filter(([from, to]) => !jobEdges[from].includes(to))

  test.each(edges)('takes %s → %s', async (from, to) => {
    const id = await inState(from)
    await db.transaction((tx) => transition(tx, id, to, { error: { cause: 'unknown', message: '' } }))
    expect(await stage.row(id)).toMatchObject({ state: to })
  })

  test.each(others)('refuses %s → %s and changes nothing', async (from, to) => {
    const id = await inState(from)
    const before = await stage.row(id)
    const moving = db.transaction((tx) =>
      transition(tx, id, to, { error: { cause: 'unknown', message: '' } }),
    )
    await expect(moving).rejects.toMatchObject({ kind: 'conflict' })
    expect(await stage.row(id)).toEqual(before)
  })

  test('lets one of two that race win', async () => {
    const id = await inState('queued')
    const race = await Promise.allSettled(
      (['cancelled', 'paused', 'running'] as const).map((to) =>
        db.transaction((tx) => transition(tx, id, to, { from: ['queued'] })),
      ),
    )
    const won = race.filter(({ status }) => status === 'fulfilled')
    expect(won).toHaveLength(1)
    for (const one of race)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ kind: 'conflict' })
  })

  test('of a job that is not there is refused as such', async () => {
    await expect(db.transaction((tx) => transition(tx, v7(), 'cancelled'))).rejects.toMatchObject({
      kind: 'not_found',
    })
  })
})

describe('PostgreSQL itself refuses', () => {
  test.each([
    ['jobs', 'jobs_state_known', `update jobs set state = 'flying' where id = `, 'queued'],
    ['jobs', 'jobs_terminal_is_finished', `update jobs set state = 'completed' where id = `, 'queued'],
    ['jobs', 'jobs_terminal_is_finished', 'update jobs set finished_at = now() where id = ', 'running'],
    ['jobs', 'jobs_terminal_is_finished', 'update jobs set finished_at = null where id = ', 'completed'],
    ['jobs', 'jobs_waiting_is_pending', `update jobs set state = 'pending' where id = `, 'queued'],
    ['jobs', 'jobs_waiting_is_pending', `update jobs set waiting_for = 'space' where id = `, 'queued'],
    ['jobs', 'jobs_failed_has_cause', 'update jobs set error_cause = null where id = ', 'failed'],
    ['jobs', 'jobs_stop_is_running', `update jobs set stop_requested = 'cancel' where id = `, 'queued'],
    ['jobs', 'jobs_stop_is_running', `update jobs set stop_requested = 'faster' where id = `, 'running'],
    ['jobs', 'jobs_operation', `update jobs set operation = 'purge' where id = `, 'queued'],
  ] as const)('in %s by %s: %s… (%s)', async (_, constraint, statement, state) => {
    const id = await inState(state)
    const breaking = database.sql.unsafe(`${statement}'${id}'`)
    await expect(breaking).rejects.toMatchObject({ code: '23514', constraint_name: constraint })
  })

  test.each([
    ['attempts_state_known', `state = 'flying'`],
    ['attempts_terminal_is_finished', `state = 'completed'`],
    ['attempts_terminal_is_finished', 'finished_at = now()'],
    ['attempts_running_has_lease', 'lease_until = null'],
    ['attempts_running_has_lease', 'worker_id = null'],
  ])('%s: an attempt with %s', async (constraint, change) => {
    const { held } = await stage.running()
    const breaking = database.sql.unsafe(`update attempts set ${change} where id = '${held.attemptId}'`)
    await expect(breaking).rejects.toMatchObject({ code: '23514', constraint_name: constraint })
  })

  test('a second live attempt of one job', async () => {
    const { job } = await stage.running()
    const second = database.sql`
      insert into attempts (id, job_id, number, state) values (${v7()}, ${job.id}, 2, 'queued')`
    await expect(second).rejects.toMatchObject({ code: '23505', constraint_name: 'attempts_one_live' })
  })
})
