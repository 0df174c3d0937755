import { and, eq } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, describe, expect, test } from 'vitest'
import { answerQuestion, sweepQuestions, takeQuestion } from '#lib/agents/questions.ts'
import { beat, markStopped, registerWorker, sweepWorkers } from '#lib/agents/register-worker.ts'
import { setRoots } from '#lib/agents/set-roots.ts'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import type { Context } from '#lib/context.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { testEndpoint, testUnsavedEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { readEndpointHealth } from '#lib/endpoints/health.ts'
import { getEndpoint, listEndpoints } from '#lib/endpoints/queries.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { countFiles, deleteFiles, makeFolder, renameFile } from '#lib/files/change-files.ts'
import { browseEndpoint, listFiles } from '#lib/files/list-files.ts'
import { downloadFile, uploadFile } from '#lib/files/pass-file.ts'
import { claimAttempts } from '#lib/jobs/claim-attempt.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { listAttempts, listTransfers, readLog } from '#lib/jobs/details.ts'
import { endAttempt } from '#lib/jobs/end-attempt.ts'
import { countJobs, findPlace } from '#lib/jobs/find-place.ts'
import { listJobRows } from '#lib/jobs/list-rows.ts'
import { readLogLines } from '#lib/jobs/log-lines.ts'
import { getJob, getJobView, listJobs, listJobViews } from '#lib/jobs/queries.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { requeueForgotten } from '#lib/jobs/requeue-forgotten.ts'
import { findQuietWorkers, rescueAttempts } from '#lib/jobs/rescue-attempts.ts'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import { sameTransfers } from '#lib/jobs/same-transfer.ts'
import { readStats } from '#lib/jobs/stats.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { tellHeld } from '#lib/jobs/tell-held.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { readOverview } from '#lib/overview/read-overview.ts'
import { claimPlaces } from '#lib/places/claim-places.ts'
import { removeOldJobs } from '#lib/retention/remove-old-jobs.ts'
import { sweepSessions } from '#lib/users/sign-in.ts'
import { openStage, reportOf } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database } = stage
const { job, held } = await stage.running()
const id = job.id
const input = {}
const name = () => `e-${v7()}`

type Verb = [string, (ctx: Context) => Promise<unknown>]

const reading: Verb[] = [
  ['getJob', (ctx) => getJob({ ctx, id })],
  ['getJobView', (ctx) => getJobView({ ctx, id })],
  ['listJobs', (ctx) => listJobs({ ctx, input })],
  ['listJobViews', (ctx) => listJobViews({ ctx, input })],
  ['listTransfers', (ctx) => listTransfers({ ctx, id, input })],
  ['listAttempts', (ctx) => listAttempts({ ctx, id })],
  ['readLog', (ctx) => readLog({ ctx, id, input })],
  ['readStats', (ctx) => readStats({ ctx })],
  ['listJobRows', (ctx) => listJobRows({ ctx, input })],
  ['countJobs', (ctx) => countJobs({ ctx, input })],
  ['findPlace', (ctx) => findPlace({ ctx, input: { filters: {}, head: id, offset: 1 } })],
  ['sameTransfers', (ctx) => sameTransfers({ ctx, ids: [id] })],
  ['readLogLines', (ctx) => readLogLines({ ctx, id, input })],
  ['readOverview', (ctx) => readOverview({ ctx })],
  ['getEndpoint', (ctx) => getEndpoint({ ctx, id: stage.source.id })],
  ['listEndpoints', (ctx) => listEndpoints({ ctx, input })],
  ['listFiles', (ctx) => listFiles({ ctx: answering(ctx), id: stage.source.id, input })],
  ['countFiles', (ctx) => countFiles({ ctx: answering(ctx), id: stage.source.id, input })],
  ['readEndpointHealth', (ctx) => readEndpointHealth({ ctx, id: stage.source.id })],
  ['browseEndpoint', (ctx) => browseEndpoint({ ctx: answering(ctx), id: stage.source.id, input })],
]
const mutating: Verb[] = [
  ['createJob', (ctx) => createJob({ ctx, input: stage.input() })],
  ['cancelJob', async (ctx) => cancelJob({ ctx, id: (await stage.queued()).id })],
  ['pauseJob', async (ctx) => pauseJob({ ctx, id: (await stage.queued()).id })],
  ['retryJob', async (ctx) => retryJob({ ctx, id: await after(cancelJob) })],
  ['resumeJob', async (ctx) => resumeJob({ ctx, id: await after(pauseJob) })],
  ['updateJob', (ctx) => updateJob({ ctx, id, input: { bandwidth: '1M' } })],
  [
    'createEndpoint',
    (ctx) => createEndpoint({ ctx, input: { name: name(), type: 'local', path: '/srv/x' } }),
  ],
  ['updateEndpoint', (ctx) => updateEndpoint({ ctx, id: stage.source.id, input: { limits: {} } })],
  ['deleteEndpoint', async (ctx) => deleteEndpoint({ ctx, id: await spare() })],
]
const source = () => ({ id: stage.source.id })
const onFiles: Verb[] = [
  ['makeFolder', (ctx) => makeFolder({ ctx: answering(ctx), ...source(), input: { path: 'a' } })],
  ['renameFile', (ctx) => renameFile({ ctx: answering(ctx), ...source(), input: { from: 'a', to: 'b' } })],
  ['deleteFiles', (ctx) => deleteFiles({ ctx: answering(ctx), ...source(), input: { path: 'a' } })],
  [
    'downloadFile',
    (ctx) => downloadFile({ ctx: answering(ctx), ...source(), input: { path: 'a' }, open: async () => ({}) }),
  ],
  [
    'uploadFile',
    (ctx) =>
      uploadFile({ ctx: answering(ctx), ...source(), input: { path: 'a' }, send: async () => ({ size: 1 }) }),
  ],
]
const asking: Verb[] = [
  ['testEndpoint', (ctx) => testEndpoint({ ctx: answering(ctx), id: stage.source.id })],
  [
    'testUnsavedEndpoint',
    (ctx) => testUnsavedEndpoint({ ctx: answering(ctx), input: { type: 'local', path: '/srv/x' } }),
  ],
]
const owning: Verb[] = [
  ['createApiKey', (ctx) => createApiKey({ ctx, input: { name: 'k', role: 'viewer' } })],
  ['setRoots', (ctx) => setRoots({ ctx, input: { roots: ['/srv'] } })],
]
const agents: Verb[] = [
  [
    'claimPlaces',
    (ctx) => claimPlaces({ ctx, claim: { attemptId: id, epoch: 1, pairs: [], caseBlind: false } }),
  ],
  ['claimAttempts', (ctx) => claimAttempts({ ctx, workerId: stage.ctx.workerId, count: 1 })],
  ['reportAttempts', (ctx) => reportAttempts({ ctx, reports: [reportOf(held)] })],
  [
    'endAttempt',
    (ctx) => endAttempt({ ctx, report: { ...reportOf(held), epoch: 99 }, outcome: { kind: 'completed' } }),
  ],
  ['findQuietWorkers', (ctx) => findQuietWorkers({ ctx })],
  ['rescueAttempts', (ctx) => rescueAttempts({ ctx })],
  ['tellHeld', (ctx) => tellHeld({ ctx, held: [], freed: [] })],
  ['requeueForgotten', (ctx) => requeueForgotten({ ctx })],
  ['takeQuestion', (ctx) => takeQuestion({ ctx, agentId: v7() })],
  ['answerQuestion', (ctx) => answerQuestion({ ctx, id: v7(), answer: {} })],
  ['sweepSessions', (ctx) => sweepSessions({ ctx })],
  ['sweepWorkers', (ctx) => sweepWorkers({ ctx })],
  ['removeOldJobs', (ctx) => removeOldJobs({ ctx, keepMonths: 13 })],
  ['sweepQuestions', (ctx) => sweepQuestions({ ctx })],
  ['beat', (ctx) => beat({ ctx, workerId: v7(), busySlots: 0, diskFree: null, slotProcesses: [] })],
  ['markStopped', (ctx) => markStopped({ ctx, workerId: v7() })],
  [
    'registerWorker',
    (ctx) => {
      const facts = { host: 'h', pid: 1, rcloneVersion: '0', rclonePath: '/', slots: 1 }
      return registerWorker({ ctx, facts: { ...facts, agentId: stage.source.agent.id } })
    },
  ],
]

/** With somebody to ask: what is tested here is who may. */
function answering(ctx: Context): Context {
  return {
    ...ctx,
    ask: async (_, kind) => {
      if (kind === 'test') return { ok: true, stages: [] }
      if (kind === 'browse') return { ok: true, listing: v7(), entries: [], total: 0, complete: true }
      if (kind === 'passage') return { ok: true, socket: '/nowhere', ticket: 't' }
      return { ok: true, count: { files: 0, folders: 0, bytes: 0, exact: true } }
    },
  }
}

async function after(stop: typeof cancelJob): Promise<string> {
  return (await stop({ ctx: ctx.owner, id: (await stage.queued()).id })).id
}

async function spare(): Promise<string> {
  const made = await createEndpoint({
    ctx: ctx.owner,
    input: { name: name(), type: 'local', path: '/srv/y' },
  })
  return made.id
}

const forbidden = { kind: 'forbidden' }

describe.each([...mutating, ...onFiles, ...asking])('%s', (_, verb) => {
  test.each(['operator', 'owner', 'operatorKey', 'system'] as const)('is for %s', async (who) => {
    await verb(ctx[who])
  })
  test.each(['viewer', 'viewerKey', 'agent'] as const)('is not for %s', async (who) => {
    await expect(verb(ctx[who])).rejects.toMatchObject(forbidden)
  })
})

describe.each(reading)('%s', (_, verb) => {
  test.each(['viewer', 'viewerKey', 'operator', 'owner', 'system'] as const)('is for %s', async (who) => {
    await verb(ctx[who])
  })
  test('is not for an agent', async () => {
    await expect(verb(ctx.agent)).rejects.toMatchObject(forbidden)
  })
})

describe.each(owning)('%s', (_, verb) => {
  test.each(['owner', 'system'] as const)('is for %s', async (who) => {
    await verb(ctx[who])
  })
  test.each(['viewer', 'operator', 'operatorKey', 'agent'] as const)('is not for %s', async (who) => {
    await expect(verb(ctx[who])).rejects.toMatchObject(forbidden)
  })
})

describe.each(agents)('%s', (_, verb) => {
  test('is for the agent', async () => {
    await verb(ctx.agent)
  })
  test.each(['viewer', 'operator', 'owner', 'operatorKey', 'system'] as const)(
    'is not for %s',
    async (who) => {
      await expect(verb(ctx[who])).rejects.toMatchObject(forbidden)
    },
  )
})

describe('the audit says who', () => {
  const actions: Record<string, string> = {
    ...{ createJob: 'job.create', cancelJob: 'job.cancel', pauseJob: 'job.pause', retryJob: 'job.retry' },
    ...{ resumeJob: 'job.resume', updateJob: 'job.update', createEndpoint: 'endpoint.create' },
    ...{ updateEndpoint: 'endpoint.update', deleteEndpoint: 'endpoint.delete' },
    ...{ makeFolder: 'file.make_folder', renameFile: 'file.rename', deleteFiles: 'file.delete' },
    ...{ downloadFile: 'file.download', uploadFile: 'file.upload' },
    ...{ createApiKey: 'api_key.create', setRoots: 'agent.set_roots', bulkJobs: 'job.cancel' },
  }
  const { db } = database

  test.each([...mutating, ...onFiles, ...owning])('did %s, once', async (verb, run) => {
    const label = `auditor of ${verb}`
    const mine = and(eq(auditEntries.actorLabel, label), eq(auditEntries.action, actions[verb]!))
    await run({ ...ctx.owner, actor: { type: 'user', id: 'u-1', role: 'owner', label } })
    const rows = await db.select().from(auditEntries).where(mine)
    expect(rows).toMatchObject([{ actorType: 'user', actorId: 'u-1', subjectId: expect.any(String) }])
  })

  test('and a refused deed leaves none', async () => {
    const before = await db.$count(auditEntries)
    await expect(cancelJob({ ctx: ctx.viewer, id })).rejects.toMatchObject(forbidden)
    await expect(cancelJob({ ctx: ctx.operator, id: v7() })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(resumeJob({ ctx: ctx.operator, id })).rejects.toMatchObject({ kind: 'conflict' })
    expect(await db.$count(auditEntries)).toBe(before)
  })
})
