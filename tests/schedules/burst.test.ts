import { expect, onTestFinished, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { channels } from '#lib/live/channel.ts'
import { fireSchedules } from '#lib/schedules/fire-schedules.ts'
import { openDepot } from '#tests/support/depot.ts'
import { backdate, runsOf, scheduled } from '#tests/support/schedules.ts'
import { Dispatcher } from '#workers/dispatcher.ts'
import { Scheduler } from '#workers/schedules/scheduler.ts'

const depot = await openDepot()
const { database } = depot
const ctx = depot.ctx.agent

/** The schedule `n` times over, each with a template of its own, due now. */
async function plant(n: number): Promise<void> {
  const { templateId, triggerId } = await scheduled(depot, { everySeconds: 3600 })
  await backdate(database, triggerId, 3600)
  await database.sql`
    with copies as (
      insert into templates (id, name, operation, source_endpoint_id, source_path, destination_endpoint_id,
        destination_path, created_by)
      select gen_random_uuid(), name || ' ' || n, operation, source_endpoint_id, source_path, destination_endpoint_id,
        destination_path || n, created_by from templates, generate_series(2, ${n}::int) n where id = ${templateId}
      returning id),
    planned as (
      insert into triggers (id, template_id, type, settings, since, next_due_at)
      select gen_random_uuid(), c.id, t.type, t.settings, t.since, t.next_due_at
      from copies c, triggers t where t.id = ${triggerId} returning id)
    insert into pgboss.job (name, data, start_after, keep_until, retry_limit, expire_seconds, deletion_seconds, policy)
    select m.name, jsonb_set(m.data, '{triggerId}', to_jsonb(p.id::text)), m.start_after, m.keep_until, m.retry_limit,
      m.expire_seconds, m.deletion_seconds, m.policy
    from planned p, pgboss.job m where m.name = 'firings' and m.data->>'triggerId' = ${triggerId}`
}

test('more are due than one transaction takes: it says so, and when all of them have fired', async () => {
  await plant(1200)
  let notices = 0
  const listening = await database.sql.listen(channels.live, (said) => {
    if (said.startsWith('job ')) notices += 1
  })
  onTestFinished(() => listening.unlisten())
  const { promise: burst, resolve } = Promise.withResolvers<Promise<void>>()
  let bursts = 0
  const scheduler = new Scheduler(ctx, (over) => {
    bursts += 1
    resolve(over)
  })
  scheduler.start()
  onTestFinished(() => scheduler.close())
  await burst
  const rows = await database.sql`select job_id from firings where state = 'fired'`
  expect(rows).toHaveLength(1200)
  expect(new Set(rows.map(({ job_id }) => job_id)).size).toBe(1200)
  expect(bursts).toBe(1)
  // Each notice is heard by every process.
  expect(notices).toBeLessThan(20)
})

test('while many fire nothing is started, and then what waited is', async () => {
  let claims = 0
  const plane = {
    claim: async () => {
      claims += 1
      return []
    },
  }
  const dispatcher = new Dispatcher(plane as never, null as never, { slots: 4 } as never)
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const held = [dispatcher.hold(first.promise), dispatcher.hold(second.promise)]
  await dispatcher.pump()
  first.resolve()
  await held[0]
  await dispatcher.pump()
  expect(claims).toBe(0)
  second.resolve()
  await held[1]
  await dispatcher.pump()
  expect(claims).toBeGreaterThan(0)
})

test('a run that ends has a word of its own, and runs that end in one moment are looked after once more', async () => {
  const one = await scheduled(depot, { everySeconds: 3600 })
  await backdate(database, one.triggerId, 3600)
  while ((await fireSchedules({ ctx, most: 100 })) > 0);
  const heard: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const listening = await database.sql.listen(channels.work, (word) => {
    heard.push(word)
    if (word === 'runs') resolve()
  })
  onTestFinished(() => listening.unlisten())
  const [run] = await runsOf(database, one.templateId)
  await cancelJob({ ctx: depot.ctx.operator, id: run!.id })
  await promise
  expect(heard).toEqual(['runs'])

  let looks = 0
  const db = new Proxy(ctx.db, {
    get(target, key) {
      if (key === 'transaction') looks += 1
      return Reflect.get(target, key, target) as unknown
    },
  })
  const scheduler = new Scheduler({ ...ctx, db }, () => {})
  for (let n = 0; n < 50; n += 1) scheduler.release()
  await scheduler.close()
  expect(looks).toBe(1)
})

test('how many are due is told before anything is committed', async () => {
  await plant(3)
  const taken: number[] = []
  const stopped = fireSchedules({
    ctx,
    most: 100,
    onTaken(count) {
      taken.push(count)
      throw new Error('stopped here')
    },
  })
  await expect(stopped).rejects.toThrow('stopped here')
  expect(taken).toEqual([3])
  expect(
    await database.sql`select 1 from pgboss.job where name = 'firings' and start_after <= now()`,
  ).toHaveLength(3)
  expect(await fireSchedules({ ctx, most: 100 })).toBe(3)
})
