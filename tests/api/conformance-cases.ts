import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { events } from '#lib/db/schema/events.ts'
import type { Role } from '#lib/db/schema/users.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { recordEvents } from '#lib/events/record-events.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { Template } from '#lib/templates/schema.ts'
import type { client } from '#tests/support/api.ts'
import type { Depot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { scheduled } from '#tests/support/schedules.ts'
import { makeSession } from '#tests/support/session.ts'
import { makeUser } from '#tests/support/sign-in.ts'
import { whenEnded, whenJob } from '#tests/support/when.ts'

/** A request that succeeds for whoever may make it, new for each call: names and paths are not used twice. */
export type Request = {
  id?: string
  type?: string
  query?: Record<string, string>
  body?: Record<string, unknown>
}
/** `by`: whose own thing is meant, where an operation knows only one's own. */
export type Cases = Record<string, (by?: Role) => Promise<Request>>

let made = 0
const fresh = (word: string) => `${word}-${++made}`

/** One case for each operation of the document, by its operationId. */
export function conformanceCases(
  depot: Depot,
  owner: ReturnType<typeof client>,
  people: Record<Role, { id: string }>,
): Cases {
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
  const templateBody = () => ({
    name: fresh('template'),
    operation: 'copy',
    source: { endpointId: depot.source.id, path: 'some' },
    destinations: [{ endpointId: depot.destination.id, path: fresh('to') }],
    triggers: [{ type: 'watch' }],
  })
  const template = async () => ({ id: (await owner.post<Template>('/templates', templateBody())).body.id })
  /** Nothing can be made of it, so it stays where it is until somebody has it run again. */
  const failedEvent = async () => {
    const { triggers } = (await owner.post<Template>('/templates', templateBody())).body
    const triggerId = triggers[0]!.id
    const happening = {
      kind: 'created',
      path: 'a',
      size: 1,
      occurredAt: new Date(),
      key: '1',
      dead: 'Tried.',
    } as const
    await recordEvents({ ctx: depot.ctx.agent, triggerId, happenings: [happening] })
    const [event] = await depot.database.db.select().from(events).where(eq(events.triggerId, triggerId))
    return { id: event!.id }
  }
  const invitationBody = () => ({ email: `${fresh('person')}@studio.example`, role: 'viewer' })
  /** A file that a call may take away. */
  const planted = async () => {
    const name = fresh('planted')
    await plant(depot.in, { [name]: name })
    return name
  }
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
  const aSchedule = once(async () => ({ id: (await scheduled(depot, { cron: '0 3 1 1 *' })).triggerId }))
  return {
    readHealth: none,
    readDocument: none,
    readStats: none,
    listBackends: none,
    readBackend: async () => ({ type: 'google cloud storage' }),
    listEndpoints: none,
    createEndpoint: async () => ({ body: endpointBody() }),
    testUnsavedEndpoint: async () => ({ body: { type: 'local', path: depot.in, write: true } }),
    importEndpoints: async () => {
      const text = `[${fresh('remote')}]\ntype = alias\nremote = ${join(depot.root, fresh('folder'))}\n`
      return { body: { text } }
    },
    signIn: async () => ({ body: { type: 'drive', settings: { client_id: 'studio' } } }),
    readEndpoint: async () => ({ id: depot.source.id }),
    updateEndpoint: async () => ({ ...(await endpoint()), body: { name: fresh('renamed') } }),
    deleteEndpoint: endpoint,
    browseEndpoint: async () => ({ id: depot.source.id, query: { path: 'some' } }),
    makeFolder: async () => ({ id: depot.destination.id, body: { path: fresh('folder') } }),
    renameFile: async () => ({ id: depot.source.id, body: { from: await planted(), to: fresh('renamed') } }),
    deleteFiles: async () => ({ id: depot.source.id, query: { path: await planted() } }),
    countFiles: async () => ({ id: depot.source.id, query: { path: 'some' } }),
    downloadFile: async () => ({ id: depot.source.id, query: { path: 'some/one.txt' } }),
    uploadFile: async () => ({ id: depot.destination.id, query: { path: fresh('upload') } }),
    readEndpointHealth: async () => ({ id: depot.source.id }),
    testEndpoint: async () => ({ id: depot.source.id, body: { write: true } }),
    listJobs: none,
    listTemplates: none,
    createTemplate: async () => ({ body: templateBody() }),
    // Nothing answers there: that is found out too.
    testQueue: async () => ({
      body: {
        ...{ queueUrl: 'http://127.0.0.1:1/000000000000/events', region: 'us-east-1' },
        ...{ settings: { accessKeyId: 'AKIA', secretAccessKey: 'secret' }, bucket: 'uploads' },
      },
    }),
    readTemplate: template,
    updateTemplate: async () => ({ ...(await template()), body: { enabled: false } }),
    deleteTemplate: template,
    runTemplate: async () => ({ ...(await template()), body: { at: '2026-11-21T00:00:00Z' } }),
    listEvents: none,
    readEventSummary: none,
    replayEvents: async () => ({ body: { ids: [(await failedEvent()).id], dryRun: true } }),
    readEvent: failedEvent,
    replayEvent: failedEvent,
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
    listUsers: none,
    updateUser: async () => ({
      id: (await makeUser(depot.database, 'operator')).id,
      body: { role: 'viewer', disabled: true },
    }),
    listInvitations: async () => {
      for (let n = 0; n < 3; n += 1) await owner.post('/invitations', invitationBody())
      return {}
    },
    inviteUser: async () => ({ body: invitationBody() }),
    revokeInvitation: async () => ({
      id: (await owner.post<{ id: string }>('/invitations', invitationBody())).body.id,
    }),
    listApiKeys: none,
    createApiKey: async () => ({ body: { name: fresh('key'), role: 'viewer' } }),
    revokeApiKey: async () => ({
      id: (await owner.post<{ id: string }>('/api-keys', { name: fresh('key'), role: 'viewer' })).body.id,
    }),
    listSessions: none,
    endSession: async (by = 'owner') => ({
      id: await makeSession(depot.database, people[by].id),
    }),
    listAudit: none,
    listSchedules: async () => {
      await aSchedule()
      return {}
    },
    previewSchedule: async () => ({ body: { cron: '30 2 * * 1-5', timeZone: 'Europe/Berlin' } }),
    seeSchedule: aSchedule,
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
