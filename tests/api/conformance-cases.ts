import { join } from 'node:path'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { client } from '#tests/support/api.ts'
import type { Depot } from '#tests/support/depot.ts'
import { whenEnded, whenJob } from '#tests/support/when.ts'

/** A request that succeeds for whoever may make it, new for each call: names and paths are not used twice. */
export type Request = { id?: string; query?: Record<string, string>; body?: Record<string, unknown> }
export type Cases = Record<string, () => Promise<Request>>

let made = 0
const fresh = (word: string) => `${word}-${++made}`

/** One case for each operation of the document, by its operationId. */
export function conformanceCases(depot: Depot, owner: ReturnType<typeof client>): Cases {
  const none = async (): Promise<Request> => ({})
  const endpointBody = () => {
    const name = fresh('place')
    return { name, type: 'local', path: join(depot.root, name) }
  }
  const jobBody = (from = '') => ({
    operation: 'copy',
    source: { endpointId: depot.source.id, path: from },
    destination: { endpointId: depot.destination.id, path: fresh('to') },
  })
  const endpoint = async () => ({
    id: (await owner.post<Endpoint>('/endpoints', endpointBody())).body.id,
  })
  /** Still there when the call comes: a byte a second. */
  const slowJob = async () => {
    const body = { ...jobBody('slow'), options: { bandwidth: '1B' } }
    return { id: (await owner.post<Job>('/jobs', body)).body.id }
  }
  const done = once(async () => {
    const { id } = await depot.run({ from: 'some', to: fresh('done') })
    return { id }
  })
  return {
    readHealth: none,
    readDocument: none,
    readStats: none,
    listEndpoints: none,
    createEndpoint: async () => ({ body: endpointBody() }),
    testUnsavedEndpoint: async () => ({ body: { type: 'local', path: depot.in } }),
    readEndpoint: async () => ({ id: depot.source.id }),
    updateEndpoint: async () => ({ ...(await endpoint()), body: { name: fresh('renamed') } }),
    deleteEndpoint: endpoint,
    browseEndpoint: async () => ({ id: depot.source.id, query: { path: 'some' } }),
    testEndpoint: async () => ({ id: depot.source.id }),
    listJobs: none,
    createJob: async () => ({ body: jobBody('some') }),
    readJob: done,
    updateJob: async () => ({ ...(await slowJob()), body: { bandwidth: '2B' } }),
    cancelJob: slowJob,
    pauseJob: slowJob,
    resumeJob: async () => {
      const { id } = await slowJob()
      await owner.post(`/jobs/${id}/pause`)
      await whenJob(depot.database, id, 'the job is paused', ({ state }) => state === 'paused')
      return { id }
    },
    retryJob: async () => {
      const { id } = await slowJob()
      await owner.post(`/jobs/${id}/cancel`)
      await whenEnded(depot.database, id)
      return { id }
    },
    listTransfers: done,
    readLog: done,
    openStream: async () => ({ query: { jobId: (await done()).id } }),
  }
}

/** The same answer for every call: made once, when it is first asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
