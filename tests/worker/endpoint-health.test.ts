import { rm } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import { testEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { readEndpointHealth, readHealthStates } from '#lib/endpoints/health.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { db, sql } = depot.database
const ctx = { ...depot.ctx.operator, ask: asker(db, new LiveHub(sql)) }
const viewer = depot.ctx.viewer
const id = depot.source.id
const health = () => readEndpointHealth({ ctx: viewer, id })

test('the later of a success and a failure decides, of tests and of jobs', async () => {
  expect(await health()).toEqual({
    ...{ state: 'unknown', lastSuccess: null, lastFailure: null, facts: null, factsAt: null },
    usedBy: { endpoints: [], templates: [], jobs: [] },
  })

  await testEndpoint({ ctx, id })
  const tested = await health()
  expect(tested).toMatchObject({
    ...{ state: 'ok', lastSuccess: { jobId: null }, lastFailure: null },
    facts: {
      space: { total: expect.any(Number), free: expect.any(Number), used: expect.any(Number) },
      features: { emptyFolders: true, folderMove: true, hashes: expect.arrayContaining(['md5']) },
    },
  })

  await rm(depot.in, { recursive: true })
  await testEndpoint({ ctx, id })
  expect(await health()).toMatchObject({
    ...{ state: 'failed', lastSuccess: tested.lastSuccess, facts: tested.facts },
    lastFailure: { jobId: null, cause: 'source_missing', message: expect.stringContaining('does not exist') },
  })

  await plant(depot.in, { 'a.txt': 'a' })
  const job = await depot.run()
  expect(job.state).toBe('completed')
  expect(await health()).toMatchObject({
    ...{ state: 'ok', lastSuccess: { jobId: job.id }, lastFailure: { cause: 'source_missing' } },
    usedBy: {
      jobs: [{ id: job.id, state: 'completed', operation: 'copy', source: 'in:', destination: 'out:' }],
    },
  })
  // The other side of the same job as well; an endpoint that nobody used stays unknown.
  const states = await readHealthStates(db, [depot.destination.id])
  expect(states.get(depot.destination.id)).toMatchObject({ state: 'ok', lastSuccess: { jobId: job.id } })
})

test('one that is used says by what, and cannot be deleted', async () => {
  await plant(depot.in, { 'slow.bin': 'x'.repeat(1000) })
  const job = await depot.begin({ options: { bandwidth: '1B' } })
  expect((await health()).usedBy.jobs[0]).toMatchObject({ id: job.id })
  await expect(deleteEndpoint({ ctx, id })).rejects.toMatchObject({ kind: 'conflict' })
})
