import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { readEndpointHealth } from '#lib/endpoints/health.ts'
import { countJobs } from '#lib/jobs/find-place.ts'
import { getJob, listJobs } from '#lib/jobs/queries.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { getTemplateView } from '#lib/templates/views.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx } = stage

const template = await createTemplate({
  ctx: ctx.operator,
  input: {
    name: 'Nightly',
    operation: 'copy',
    source: { endpointId: stage.source.id, path: 'a' },
    destinations: [{ endpointId: stage.destination.id, path: 'b' }],
  },
})
const run = () => runTemplate({ ctx: ctx.operator, id: template.id, input: {} })
const ids = async (input: object) => (await listJobs({ ctx: ctx.viewer, input })).items.map(({ id }) => id)

test('jobs are found by their template, along any other filter, and say what they are a run of', async () => {
  const byHand = await stage.queued('by-hand')
  const first = await run()
  const second = await run()
  const of = { templateId: template.id }
  expect(first).toMatchObject({ template: { id: template.id, name: 'Nightly' }, trigger: 'manual' })
  expect(byHand).toMatchObject({ template: null, trigger: null })
  expect(await ids(of)).toEqual([second.id, first.id])
  await cancelJob({ ctx: ctx.operator, id: first.id })
  expect(await ids({ ...of, state: 'queued,running' })).toEqual([second.id])
  expect(await ids({ ...of, endpointId: stage.source.id, operation: 'copy' })).toEqual([second.id, first.id])
  expect(await ids({ ...of, endpointId: stage.source.id, operation: 'sync' })).toEqual([])
  expect(await ids({ ...of, q: 'by-hand' })).toEqual([])
  expect(await ids({ ...of, q: 'out' })).toEqual([second.id, first.id])
  expect(await countJobs({ ctx: ctx.viewer, input: of })).toEqual({ count: 2, exact: true })
  const page = await listJobs({ ctx: ctx.viewer, input: { ...of, limit: 1 } })
  expect(await ids({ ...of, limit: 1, cursor: page.nextCursor })).toEqual([first.id])
})

test('of its runs those that completed or failed make the rate; a cancelled one is only the last', async () => {
  const fails = await run()
  await stage.end((await stage.claim(fails.id))!, {
    kind: 'failed',
    cause: 'permission',
    message: 'Refused.',
  })
  const succeeds = await run()
  await stage.end((await stage.claim(succeeds.id))!, { kind: 'completed' })
  const cancelled = await run()
  await cancelJob({ ctx: ctx.operator, id: cancelled.id })
  const { runs } = await getTemplateView({ ctx: ctx.viewer, id: template.id })
  expect(runs).toMatchObject({
    last: { id: cancelled.id, state: 'cancelled' },
    success: { id: succeeds.id },
    ...{ ended: 2, completed: 1, running: 0 },
  })
})

test('an endpoint that a template uses says so, and is not deleted', async () => {
  const { usedBy } = await readEndpointHealth({ ctx: ctx.viewer, id: stage.destination.id })
  expect(usedBy.templates).toEqual([{ id: template.id, name: 'Nightly' }])
  const spareSource = await createEndpoint({
    ctx: ctx.owner,
    input: { name: 'spare', type: 'local', path: stage.source.path },
  })
  const other = spareSource.id
  const spare = await createTemplate({
    ctx: ctx.operator,
    input: {
      ...{ name: 'Spare', operation: 'copy', source: { endpointId: other, path: 'a' } },
      destinations: [{ endpointId: stage.destination.id, path: 'c' }],
    },
  })
  await expect(deleteEndpoint({ ctx: ctx.owner, id: other })).rejects.toThrow('The template “Spare” uses it.')
  // One that is gone nevertheless does not keep its template on.
  await stage.database.db.update(endpoints).set({ deletedAt: new Date() }).where(eq(endpoints.id, other))
  const off = { ctx: ctx.operator, id: spare.id, input: { enabled: false, name: 'Spare, off' } }
  expect(await updateTemplate(off)).toMatchObject({ enabled: false, name: 'Spare, off' })
  await expect(updateTemplate({ ...off, input: { enabled: true } })).rejects.toMatchObject({
    issues: [{ path: 'source.endpointId' }],
  })
})

test('a deleted template leaves its name to its jobs', async () => {
  const [newest] = await ids({ templateId: template.id })
  await deleteTemplate({ ctx: ctx.operator, id: template.id })
  expect(await getJob({ ctx: ctx.viewer, id: newest! })).toMatchObject({ template: { name: 'Nightly' } })
})
