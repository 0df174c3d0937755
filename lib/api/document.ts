import { z } from 'zod'
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi'
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
import { answer, body, creation, id, operation, page } from './operation.ts'

const endpoint = endpointSchema.meta({ id: 'Endpoint' })
const job = jobSchema.meta({ id: 'Job' })

const jobVerb = (verb: string, summary: string) => ({
  post: operation(`${verb}Job`, summary, {
    role: 'operator',
    requestParams: { path: id },
    responses: { '200': answer('The job', job) },
  }),
})

const examples = {
  endpoint: { name: 'archive', type: 'local', path: '/srv/archive', limits: { bandwidth: '50M' } },
  job: {
    operation: 'copy',
    source: { endpointId: '0199f2a4-7c31-7a52-9d0e-5f1b6c3d2e41', path: 'A001' },
    destination: { endpointId: '0199f2a4-8b20-7f63-8a4d-2c7e9b1f0d52', path: '2026/11' },
    options: { bandwidth: '50M' },
  },
}

const paths: ZodOpenApiPathsObject = {
  '/health': {
    get: operation('readHealth', 'Whether database, queue and worker are well; needs no key', {
      role: 'none',
      responses: { '200': answer('ok or degraded', healthSchema), '503': answer('down', healthSchema) },
    }),
  },
  '/stats': {
    get: operation('readStats', 'What runs and waits, and what the last day brought', {
      role: 'viewer',
      responses: { '200': answer('The figures', statsSchema) },
    }),
  },
  '/openapi.json': {
    get: operation('readDocument', 'This document; needs no key', {
      role: 'none',
      responses: { '200': answer('OpenAPI 3.1', z.looseObject({})) },
    }),
  },
  '/endpoints': {
    get: operation('listEndpoints', 'Endpoints by name', {
      role: 'viewer',
      requestParams: { query: listEndpointsSchema },
      responses: { '200': answer('A page', page(endpoint)) },
    }),
    post: operation('createEndpoint', 'Add an endpoint', {
      role: 'operator',
      requestParams: { header: creation },
      requestBody: body(createEndpointSchema, examples.endpoint),
      responses: { '201': answer('The endpoint', endpoint) },
    }),
  },
  '/endpoints/test': {
    post: operation('testUnsavedEndpoint', 'Test settings before they are saved', {
      role: 'operator',
      requestBody: body(testEndpointSchema, { type: 'local', path: '/srv/archive' }),
      responses: { '200': answer('The stages, up to the first that failed', testResultSchema) },
    }),
  },
  '/endpoints/{id}': {
    get: operation('readEndpoint', 'One endpoint', {
      role: 'viewer',
      requestParams: { path: id },
      responses: { '200': answer('The endpoint', endpoint) },
    }),
    patch: operation('updateEndpoint', 'Change what is given', {
      role: 'operator',
      requestParams: { path: id },
      requestBody: body(patchEndpointSchema, { limits: { bandwidth: '20M' } }),
      responses: { '200': answer('The endpoint', endpoint) },
    }),
    delete: operation('deleteEndpoint', 'Forget an endpoint; its files stay', {
      role: 'operator',
      requestParams: { path: id },
      responses: { '204': { description: 'Deleted' } },
    }),
  },
  '/endpoints/{id}/files': {
    get: operation('browseEndpoint', 'One page of a folder: folders first, then by name', {
      role: 'viewer',
      requestParams: { path: id, query: browseSchema },
      responses: { '200': answer('A page', page(fileEntrySchema)) },
    }),
  },
  '/endpoints/{id}/test': {
    post: operation('testEndpoint', 'Ask whether it works now', {
      role: 'operator',
      requestParams: { path: id },
      responses: { '200': answer('The stages, up to the first that failed', testResultSchema) },
    }),
  },
  '/jobs': {
    get: operation('listJobs', 'Jobs, newest first', {
      role: 'viewer',
      description:
        'With `q` a page may be short, even empty, before the end: go on until `nextCursor` is null.',
      requestParams: { query: listJobsSchema },
      responses: { '200': answer('A page', page(job)) },
    }),
    post: operation('createJob', 'Start a transfer', {
      role: 'operator',
      requestParams: { header: creation },
      requestBody: body(createJobSchema, examples.job),
      responses: { '201': answer('The job, queued', job) },
    }),
  },
  '/jobs/{id}': {
    get: operation('readJob', 'One job', {
      role: 'viewer',
      requestParams: { path: id },
      responses: { '200': answer('The job', job) },
    }),
    patch: operation('updateJob', 'Change bandwidth or priority of a job that has not ended', {
      role: 'operator',
      requestParams: { path: id },
      requestBody: body(patchJobSchema, { bandwidth: '10M' }),
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
      role: 'viewer',
      description:
        'With `q` or `state` a page may be short, even empty, before the end: go on until `nextCursor` is null.',
      requestParams: { path: id, query: listTransfersSchema },
      responses: { '200': answer('A page', page(transferSchema)) },
    }),
  },
  '/jobs/{id}/log': {
    get: operation('readLog', "A job's log, oldest first", {
      role: 'viewer',
      requestParams: { path: id, query: readLogSchema },
      responses: { '200': answer('A page', page(logLineSchema)) },
    }),
  },
  '/stream': {
    get: operation('openStream', 'Server-sent events of one job, or of all', {
      role: 'viewer',
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

/** "/jobs/{id}/log" belongs to Jobs; what has no noun of its own is about the server. */
const nouns: Record<string, string> = { health: 'Server', stats: 'Server', 'openapi.json': 'Server' }

function tagOf(path: string): string {
  const first = path.split('/')[1]!
  return nouns[first] ?? `${first[0]!.toUpperCase()}${first.slice(1).replaceAll('-', ' ')}`
}

function tagged(): ZodOpenApiPathsObject {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, one]) => [method, { tags: [tagOf(path)], ...one }]),
      ),
    ]),
  )
}

/** The OpenAPI 3.1 document, made from the schemas that check the requests. */
export function apiDocument() {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'File Orbit',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Times are ISO 8601 UTC, ids UUIDv7, bytes numbers. Lists are pages: send `nextCursor` back as `cursor`. Unknown fields are refused. `x-role` is the least role that an operation takes: viewer, operator, owner, or none for everybody. The headers `RateLimit` and `RateLimit-Policy` are reserved for limits to come.',
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].map((name) => ({ name })),
    security: [{ apiKey: [] }, { session: [] }],
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'npx file-orbit api-keys create --name me --role operator',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'authjs.session-token',
          description:
            'What signing in sets, for the pages of this server; over TLS its name begins with `__Secure-`.',
        },
      },
    },
    paths: tagged(),
  })
}
