import { afterAll, expect, test } from 'vitest'
import { readStats } from '#lib/jobs/stats.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage

test('each state is counted by itself: many that wait hide none that runs', async () => {
  await database.sql`
    insert into jobs (id, state, operation, source_endpoint_id, destination_endpoint_id, source_path, destination_path, created_by)
    select uuidv7_floor(now() + n * interval '1 ms'), 'queued', 'copy', ${stage.source.id}, ${stage.destination.id}, '', '', 'test'
    from generate_series(1, 10100) as n`
  await stage.running()
  const { active } = await readStats({ ctx: ctx.viewer })
  expect(active).toMatchObject({
    queued: 10_000,
    running: 1,
    pending: 0,
    retrying: 0,
    paused: 0,
    completed: 0,
  })
})
