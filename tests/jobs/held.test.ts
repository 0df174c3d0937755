import { eq } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { jobs } from '#lib/db/schema/jobs.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { claimAttempts } from '#lib/jobs/claim-attempt.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { routeOf } from '#lib/jobs/route.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { tellHeld } from '#lib/jobs/tell-held.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const dead = await createEndpoint({
  ctx: ctx.owner,
  input: { name: 'dead', type: 'local', path: '/srv/dead' },
})
const route = routeOf({ sourceEndpointId: stage.source.id, destinationEndpointId: dead.id })
const by = ctx.operator

const toDead = (path: string) =>
  createJob({ ctx: by, input: { ...stage.input(path), destination: { endpointId: dead.id, path } } })
const claim = async (count: number, notOn: string[] = []) => {
  const taken = await claimAttempts({ ctx: ctx.agent, workerId: ctx.workerId, count, notOn })
  return taken.map(({ jobId }) => jobId)
}
const tell = (held: string[], freed: string[] | 'all' = []) => tellHeld({ ctx: ctx.agent, held, freed })
const states = async () => {
  const rows = await database.db.select().from(jobs).orderBy(jobs.id)
  return rows.map(({ state, waitingFor }) => (waitingFor ? `${state} ${waitingFor}` : state))
}

beforeEach(async () => {
  await database.sql`delete from pgboss.job`
  await database.db.delete(jobs)
})

describe('a claim', () => {
  test('passes over a held route without losing a message or anybody’s place', async () => {
    const held = [await toDead('1'), await toDead('2'), await toDead('3')]
    const other = await stage.queued('other')
    expect(await claim(4, [route])).toEqual([other.id])
    expect(await claim(4, [route])).toEqual([])
    expect(await claim(1)).toEqual([held[0]!.id])
    expect((await claim(4)).toSorted()).toEqual([held[1]!.id, held[2]!.id])
  })

  test('takes the job that somebody gave a higher priority while it was queued', async () => {
    const [first, second] = [await stage.queued('1'), await stage.queued('2')]
    await updateJob({ ctx: by, id: second.id, input: { priority: 5 } })
    expect(await claim(1)).toEqual([second.id])
    expect(await claim(1)).toEqual([first.id])
  })

  test('takes a job later that was given a lower priority while it waited for an endpoint', async () => {
    const [first, second] = [await toDead('1'), await toDead('2')]
    await tell([route])
    await updateJob({ ctx: by, id: first.id, input: { priority: -5 } })
    expect(await claim(1)).toEqual([second.id])
  })
})

describe('jobs of a held route', () => {
  test('say what they wait for, and are queued again when it is freed', async () => {
    await toDead('1')
    await stage.queued('other')
    await tell([route])
    expect(await states()).toEqual(['pending endpoint', 'queued'])
    await tell([], ['some other'.replaceAll(/\w+/g, stage.source.id)])
    expect(await states()).toEqual(['pending endpoint', 'queued'])
    await tell([], [route])
    expect(await states()).toEqual(['queued', 'queued'])
  })

  test('run all the same when a worker that can reach it takes them', async () => {
    const job = await toDead('1')
    await tell([route])
    expect(await claim(1)).toEqual([job.id])
    expect(await states()).toEqual(['running'])
  })

  test('can be paused and cancelled, and then nobody takes them', async () => {
    const [one, two] = [await toDead('1'), await toDead('2')]
    await tell([route])
    await pauseJob({ ctx: by, id: one.id })
    await cancelJob({ ctx: by, id: two.id })
    await tell([], [route])
    expect(await states()).toEqual(['paused', 'cancelled'])
    expect(await claim(2)).toEqual([])
  })

  test('are freed by the next worker when theirs is gone, however many; what waits for something else is not', async () => {
    await Promise.all(Array.from({ length: 230 }, (_, n) => toDead(String(n))))
    const approval = await stage.queued('approval')
    await database.db
      .update(jobs)
      .set({ state: 'pending', waitingFor: 'approval' })
      .where(eq(jobs.id, approval.id))
    await tell([route])
    expect(new Set((await states()).slice(0, -1))).toEqual(new Set(['pending endpoint']))
    await tell([], 'all')
    expect(new Set((await states()).slice(0, -1))).toEqual(new Set(['queued']))
    expect((await states()).at(-1)).toBe('pending approval')
    expect(await claim(999)).not.toContain(approval.id)
  })
})
