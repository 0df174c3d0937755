import { afterAll, expect, onTestFinished, test } from 'vitest'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { channels } from '#lib/live/channel.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const by = ctx.operator

/** The next notice on a channel, listened for from now on. */
async function nextNotice(channel: keyof typeof channels): Promise<{ heard: Promise<string> }> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { unlisten } = await database.sql.listen(channels[channel], resolve)
  onTestFinished(() => unlisten())
  return { heard: promise }
}

test('a queued job is cancelled at once, and its attempt cannot be taken any more', async () => {
  const job = await stage.queued()
  expect(await cancelJob({ ctx: by, id: job.id })).toMatchObject({
    state: 'cancelled',
    finishedAt: expect.any(String),
  })
  expect(await stage.attemptsOf(job.id)).toMatchObject([{ state: 'cancelled' }])
  expect(await stage.claim(job.id)).toBeNull()
  await expect(cancelJob({ ctx: by, id: job.id })).rejects.toMatchObject({ kind: 'conflict' })
})

test('a running job is asked to stop: its worker is told, and ends it', async () => {
  const { job, held } = await stage.running()
  const { heard } = await nextNotice('control')
  expect(await cancelJob({ ctx: by, id: job.id })).toMatchObject({ state: 'running' })
  expect(await heard).toBe(held.attemptId)
  expect(await stage.row(job.id)).toMatchObject({ state: 'running', stopRequested: 'cancel' })
  await stage.end(held, { kind: 'cancelled' })
  expect(await stage.row(job.id)).toMatchObject({ state: 'cancelled', stopRequested: null, errorCause: null })
})

test('a person’s stop wins over a retry, not over a completion', async () => {
  const failing = await stage.running()
  await cancelJob({ ctx: by, id: failing.job.id })
  await stage.end(failing.held, { kind: 'failed', cause: 'network', message: '' })
  expect(await stage.row(failing.job.id)).toMatchObject({ state: 'cancelled' })
  const finishing = await stage.running()
  await cancelJob({ ctx: by, id: finishing.job.id })
  await stage.end(finishing.held, { kind: 'completed' })
  expect(await stage.row(finishing.job.id)).toMatchObject({ state: 'completed' })
})

test('a pause keeps a job until it is resumed, with a new attempt', async () => {
  const { job, held } = await stage.running()
  await pauseJob({ ctx: by, id: job.id })
  await stage.end(held, { kind: 'cancelled' })
  expect(await stage.row(job.id)).toMatchObject({ state: 'paused', finishedAt: null })
  await expect(pauseJob({ ctx: by, id: job.id })).rejects.toMatchObject({ kind: 'conflict' })
  await expect(retryJob({ ctx: by, id: job.id })).rejects.toMatchObject({ kind: 'conflict' })
  expect(await resumeJob({ ctx: by, id: job.id })).toMatchObject({ state: 'queued', attempt: 2 })
  expect(await stage.claim(job.id)).toMatchObject({ number: 2 })
})

test('a pause that was asked for gives way to a cancel', async () => {
  const { job, held } = await stage.running()
  await pauseJob({ ctx: by, id: job.id })
  await cancelJob({ ctx: by, id: job.id })
  await stage.end(held, { kind: 'cancelled' })
  expect(await stage.row(job.id)).toMatchObject({ state: 'cancelled' })
})

test('a cancel that was asked for does not give way to a pause', async () => {
  const { job } = await stage.running()
  await cancelJob({ ctx: by, id: job.id })
  await expect(pauseJob({ ctx: by, id: job.id })).rejects.toMatchObject({ kind: 'conflict' })
  expect(await stage.row(job.id)).toMatchObject({ stopRequested: 'cancel' })
})

test('what has ended is neither stopped nor changed nor resumed', async () => {
  const { job, held } = await stage.running()
  await stage.end(held, { kind: 'completed' })
  const refused = { kind: 'conflict' }
  await expect(cancelJob({ ctx: by, id: job.id })).rejects.toMatchObject(refused)
  await expect(pauseJob({ ctx: by, id: job.id })).rejects.toMatchObject(refused)
  await expect(resumeJob({ ctx: by, id: job.id })).rejects.toMatchObject(refused)
  await expect(retryJob({ ctx: by, id: job.id })).rejects.toMatchObject(refused)
  await expect(updateJob({ ctx: by, id: job.id, input: { priority: 1 } })).rejects.toMatchObject(refused)
})

test('a retry of a cancelled job is one, however many ask at once', async () => {
  const job = await stage.queued()
  await cancelJob({ ctx: by, id: job.id })
  const asked = await Promise.allSettled(Array.from({ length: 6 }, () => retryJob({ ctx: by, id: job.id })))
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of asked)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ kind: 'conflict' })
  expect((await stage.attemptsOf(job.id)).map(({ state }) => state)).toEqual(['cancelled', 'queued'])
})

test('a change of a running job reaches its worker and keeps the other options', async () => {
  const job = await stage.queued('x', { options: { transfers: 3, bandwidth: '1M' } })
  const held = (await stage.claim(job.id))!
  const { heard } = await nextNotice('control')
  const changed = await updateJob({ ctx: by, id: job.id, input: { bandwidth: '9M' } })
  expect(changed.options).toEqual({ transfers: 3, bandwidth: '9M' })
  expect(await heard).toBe(held.attemptId)
  const both = [{ priority: 5 }, { bandwidth: 'off' }].map((input) =>
    updateJob({ ctx: by, id: job.id, input }),
  )
  await Promise.all(both)
  expect((await stage.row(job.id)).options).toEqual({ transfers: 3, bandwidth: 'off', priority: 5 })
})

test('an endpoint with unfinished jobs is not deleted', async () => {
  const refused = deleteEndpoint({ ctx: by, id: stage.source.id })
  await expect(refused).rejects.toMatchObject({ kind: 'conflict' })
})
