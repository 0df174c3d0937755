import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { healthSchema } from '#lib/agents/health.ts'
import {
  browseSchema,
  createEndpointSchema,
  endpointSchema,
  fileEntrySchema,
  listEndpointsSchema,
  patchEndpointSchema,
  testEndpointSchema,
  testResultSchema,
} from '#lib/endpoints/schema.ts'
import {
  createJobSchema,
  jobSchema,
  listJobsSchema,
  listTransfersSchema,
  logLineSchema,
  patchJobSchema,
  progressSchema,
  readLogSchema,
  transferSchema,
} from '#lib/jobs/schema.ts'
import { statsSchema } from '#lib/jobs/stats.ts'

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `errors` names the fields that are wrong.' })

const endpoint = endpointSchema.meta({ id: 'Endpoint' })
const job = jobSchema.meta({ id: 'Job' })
const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'null at the end' }),
  })

const jsonContent = (schema: z.ZodType) => ({ 'application/json': { schema } })
const answer = (description: string, schema: z.ZodType) => ({ description, content: jsonContent(schema) })
const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
})
const refusals = {
  '401': refused('No key, or one that is not good'),
  '403': refused('The role does not allow it'),
  '404': refused('Nothing has this id'),
  '409': refused(
    'The thing is in another state, a name is taken, or an Idempotency-Key was used for another request',
  ),
  '410': refused('The job was removed with its month, as FILE_ORBIT_KEEP_MONTHS says'),
  '413': refused('The body is larger than 1 MiB'),
  '422': refused('Something in the request is wrong; `errors` says what'),
  '503': refused('The worker or the storage does not answer now'),
}

const id = z.object({ id: z.uuid() })
const creation = z.object({
  'Idempotency-Key': z.string().max(200).optional().meta({
    description: 'The same key gives the same answer again and creates nothing twice; kept for a day.',
  }),
})

type Operation = Omit<ZodOpenApiOperationObject, 'responses'> & {
  responses: ZodOpenApiOperationObject['responses']
}

function operation(operationId: string, summary: string, rest: Operation): ZodOpenApiOperationObject {
  return { operationId, summary, ...rest, responses: { ...rest.responses, ...refusals } }
}

const jobVerb = (verb: string, summary: string) => ({
  post: operation(`${verb}Job`, summary, {
    requestParams: { path: id },
    responses: { '200': answer('The job', job) },
  }),
})

const paths: ZodOpenApiPathsObject = {
  '/health': {
    get: {
      operationId: 'readHealth',
      summary: 'Whether database, queue and worker are well; needs no key',
      security: [],
      responses: { '200': answer('ok or degraded', healthSchema), '503': answer('down', healthSchema) },
    },
  },
  '/stats': {
    get: operation('readStats', 'What runs and waits, and what the last day brought', {
      responses: { '200': answer('The figures', statsSchema) },
    }),
  },
  '/openapi.json': {
    get: {
      operationId: 'readDocument',
      summary: 'This document; needs no key',
      security: [],
      responses: { '200': { description: 'OpenAPI 3.1', content: jsonContent(z.looseObject({})) } },
    },
  },
  '/endpoints': {
    get: operation('listEndpoints', 'Endpoints by name', {
      requestParams: { query: listEndpointsSchema },
      responses: { '200': answer('A page', page(endpoint)) },
    }),
    post: operation('createEndpoint', 'Add an endpoint', {
      requestParams: { header: creation },
      requestBody: { required: true, content: jsonContent(createEndpointSchema) },
      responses: { '201': answer('The endpoint', endpoint) },
    }),
  },
  '/endpoints/test': {
    post: operation('testUnsavedEndpoint', 'Test settings before they are saved', {
      requestBody: { required: true, content: jsonContent(testEndpointSchema) },
      responses: { '200': answer('The stages, up to the first that failed', testResultSchema) },
    }),
  },
  '/endpoints/{id}': {
    get: operation('readEndpoint', 'One endpoint', {
      requestParams: { path: id },
      responses: { '200': answer('The endpoint', endpoint) },
    }),
    patch: operation('updateEndpoint', 'Change what is given', {
      requestParams: { path: id },
      requestBody: { required: true, content: jsonContent(patchEndpointSchema) },
      responses: { '200': answer('The endpoint', endpoint) },
    }),
    delete: operation('deleteEndpoint', 'Forget an endpoint; its files stay', {
      requestParams: { path: id },
      responses: { '204': { description: 'Deleted' } },
    }),
  },
  '/endpoints/{id}/files': {
    get: operation('browseEndpoint', 'One page of a folder: folders first, then by name', {
      requestParams: { path: id, query: browseSchema },
      responses: { '200': answer('A page', page(fileEntrySchema)) },
    }),
  },
  '/endpoints/{id}/test': {
    post: operation('testEndpoint', 'Ask whether it works now', {
      requestParams: { path: id },
      responses: { '200': answer('The stages, up to the first that failed', testResultSchema) },
    }),
  },
  '/jobs': {
    get: operation('listJobs', 'Jobs, newest first', {
      description:
        'With `q` a page may be short, even empty, before the end: go on until `nextCursor` is null.',
      requestParams: { query: listJobsSchema },
      responses: { '200': answer('A page', page(job)) },
    }),
    post: operation('createJob', 'Start a transfer', {
      requestParams: { header: creation },
      requestBody: { required: true, content: jsonContent(createJobSchema) },
      responses: { '201': answer('The job, queued', job) },
    }),
  },
  '/jobs/{id}': {
    get: operation('readJob', 'One job', {
      requestParams: { path: id },
      responses: { '200': answer('The job', job) },
    }),
    patch: operation('updateJob', 'Change bandwidth or priority of a job that has not ended', {
      requestParams: { path: id },
      requestBody: { required: true, content: jsonContent(patchJobSchema) },
      responses: { '200': answer('The job', job) },
    }),
  },
  '/jobs/{id}/cancel': jobVerb(
    'cancel',
    'End a job; a running one answers `running` until its rclone has stopped',
  ),
  '/jobs/{id}/pause': jobVerb('pause', 'Stop a job until it is resumed'),
  '/jobs/{id}/resume': jobVerb('resume', 'Put a paused job back into the queue'),
  '/jobs/{id}/retry': jobVerb('retry', 'Start another attempt of a failed or cancelled job'),
  '/jobs/{id}/transfers': {
    get: operation('listTransfers', "A job's files, failed ones first", {
      description:
        'With `q` or `state` a page may be short, even empty, before the end: go on until `nextCursor` is null.',
      requestParams: { path: id, query: listTransfersSchema },
      responses: { '200': answer('A page', page(transferSchema)) },
    }),
  },
  '/jobs/{id}/log': {
    get: operation('readLog', "A job's log, oldest first", {
      requestParams: { path: id, query: readLogSchema },
      responses: { '200': answer('A page', page(logLineSchema)) },
    }),
  },
  '/stream': {
    get: operation('openStream', 'Server-sent events of one job, or of all', {
      description:
        'Begins with `snapshot` ({items: Job[]}); then `job` (a Job) at each change of state and `progress` at most once a second while it runs; `beat` every 15 s. `Last-Event-ID` reads on after a break, with overlap.',
      requestParams: { query: z.object({ jobId: z.uuid().optional() }) },
      responses: {
        '200': {
          description: 'Events; `progress` is shown',
          content: { 'text/event-stream': { schema: progressSchema.meta({ id: 'Progress' }) } },
        },
      },
    }),
  },
}

/** The OpenAPI 3.1 document, made from the schemas that check the requests. */
export function apiDocument() {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'File Orbit',
      version: '1',
      description:
        'Times are ISO 8601 UTC, ids UUIDv7, bytes numbers. Lists are pages: send `nextCursor` back as `cursor`. Unknown fields are refused.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ apiKey: [] }],
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'npx file-orbit api-keys create --name me --role operator',
        },
      },
    },
    paths,
  })
}
