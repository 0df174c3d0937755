import { z } from 'zod'
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi'
import { healthSchema } from '#lib/agents/health.ts'
import { backendSchema, listBackendsSchema } from '#lib/backends/schema.ts'
import { endpointHealthSchema } from '#lib/endpoints/health-schema.ts'
import {
  createEndpointSchema,
  endpointSchema,
  listEndpointsSchema,
  patchEndpointSchema,
  testEndpointSchema,
  testResultSchema,
  testSavedSchema,
} from '#lib/endpoints/schema.ts'
import { signInSchema, signInStepSchema } from '#lib/endpoints/sign-in-schema.ts'
import {
  browseSchema,
  countFilesSchema,
  countSchema,
  deleteFilesSchema,
  downloadSchema,
  fileEntrySchema,
  filePathSchema,
  makeFolderSchema,
  renameSchema,
  uploadedSchema,
  uploadSchema,
} from '#lib/files/schema.ts'
import {
  createJobSchema,
  listJobsSchema,
  listTransfersSchema,
  logLineSchema,
  patchJobSchema,
  progressSchema,
  readLogSchema,
  transferSchema,
} from '#lib/jobs/schema.ts'
import { statsSchema } from '#lib/jobs/stats.ts'
import { importAnswerSchema, importSchema } from '#lib/rclone-conf/schema.ts'
import { job } from './job-component.ts'
import { answer, body, creation, id, operation, page } from './operation.ts'
import { peoplePaths } from './people-paths.ts'
import { schedulePaths } from './schedule-paths.ts'
import { templatePaths } from './template-paths.ts'

const backend = backendSchema.meta({ id: 'Backend' })
const endpoint = endpointSchema.meta({ id: 'Endpoint' })
const importAnswer = importAnswerSchema.meta({ id: 'Import' })

const jobVerb = (verb: string, summary: string) => ({
  post: operation(`${verb}Job`, summary, {
    role: 'operator',
    requestParams: { path: id },
    responses: { '200': answer('The job', job) },
  }),
})

const examples = {
  endpoint: {
    name: 'nas',
    type: 'sftp',
    path: '/srv/exchange',
    settings: {
      host: 'nas.studio.example',
      user: 'ops',
      pass: 'correct horse battery',
      host_keys: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpbGUtb3JiaXQtZXhhbXBsZS1ob3N0LWtleS0wMQ==',
    },
    limits: { bandwidth: '50M' },
  },
  import: {
    text: '[archive]\ntype = s3\nprovider = Minio\nendpoint = https://minio.studio.example\naccess_key_id = AKIA…\nsecret_access_key = …\n',
    choices: { archive: { name: 'tape archive', path: 'archive/2026' } },
    dryRun: true,
  },
  job: {
    operation: 'copy',
    source: { endpointId: '0199f2a4-7c31-7a52-9d0e-5f1b6c3d2e41', path: 'A001' },
    destination: { endpointId: '0199f2a4-8b20-7f63-8a4d-2c7e9b1f0d52', path: '2026/11' },
    options: { bandwidth: '50M' },
  },
}

const bytes = z.string().meta({ format: 'binary' })

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
  '/backends': {
    get: operation('listBackends', 'Storage types that the agent’s rclone has, with their settings', {
      role: 'viewer',
      description:
        'Half a megabyte of rclone’s own words: builds differ, so ask rather than rely on a list. `secret` options are written and never read back; `refused` ones are not taken, and why.',
      requestParams: { query: listBackendsSchema },
      responses: { '200': answer('A page', page(backend)) },
    }),
  },
  '/backends/{type}': {
    get: operation('readBackend', 'One storage type', {
      role: 'viewer',
      requestParams: { path: z.object({ type: z.string().meta({ examples: ['sftp'] }) }) },
      responses: { '200': answer('The type with its settings', backend) },
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
      description:
        'An SFTP endpoint without `host_keys` is refused with 422: the error at `settings.host_keys` carries the `fingerprint` that the server showed, to be compared, and the `value` that accepts it.',
      requestBody: body(createEndpointSchema, examples.endpoint),
      responses: { '201': answer('The endpoint', endpoint) },
    }),
  },
  '/endpoints/test': {
    post: operation('testUnsavedEndpoint', 'Test settings before they are saved', {
      role: 'operator',
      requestBody: body(testEndpointSchema, {
        ...{ type: 's3', path: 'rushes/2026', write: true },
        settings: { provider: 'AWS', region: 'eu-central-1', env_auth: true },
      }),
      responses: { '200': answer('The stages, up to the first that failed', testResultSchema) },
    }),
  },
  '/endpoints/import': {
    post: operation('importEndpoints', 'Make endpoints of an rclone.conf', {
      description:
        'All that is asked for, or nothing. With `dryRun` it says what would become of each remote and what stands in the way: a name that is taken, a host key to accept, a remote that it lies over and that is left out. What helps is sent as its choice. Test each afterwards by `POST /endpoints/{id}/test`.',
      role: 'operator',
      requestParams: { header: creation },
      requestBody: body(importSchema, examples.import),
      responses: {
        '201': answer('What became of each remote, and the endpoints made', importAnswer),
        '200': answer('With `dryRun`: what would become of each', importAnswer),
      },
    }),
  },
  '/endpoints/sign-in': {
    post: operation('signIn', 'Sign in at a service, question by question', {
      role: 'operator',
      description:
        'For types with `oauth`: rclone’s own questions. Send `type` and `settings` first, then each `state` with an `answer`, until `done`; the last `state` is the `signIn` of an endpoint, which is where the token goes.',
      requestBody: body(signInSchema, { type: 'drive', settings: { client_id: 'studio', scope: 'drive' } }),
      responses: { '200': answer('The next question, or the end', signInStepSchema) },
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
      requestBody: body(patchEndpointSchema, {
        settings: { pass: 'a new one' },
        limits: { bandwidth: '20M' },
      }),
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
      description:
        'The pages after the first are cut from the listing that the first one made, while the worker keeps it (a minute). 503 with `Retry-After` while a very large folder is still being listed.',
      requestParams: { path: id, query: browseSchema },
      responses: { '200': answer('A page', page(fileEntrySchema)) },
    }),
    delete: operation('deleteFiles', 'Delete a file or a folder', {
      role: 'operator',
      requestParams: { path: id, query: deleteFilesSchema },
      responses: { '204': { description: 'Deleted' } },
    }),
  },
  '/endpoints/{id}/folders': {
    post: operation('makeFolder', 'Make a folder', {
      role: 'operator',
      requestParams: { path: id, header: creation },
      requestBody: body(makeFolderSchema, { path: '2026/11' }),
      responses: { '201': answer('Its path', filePathSchema) },
    }),
  },
  '/endpoints/{id}/rename': {
    post: operation('renameFile', 'Give a file or folder another path in its endpoint', {
      role: 'operator',
      requestParams: { path: id },
      requestBody: body(renameSchema, { from: '2026/11/a.mov', to: '2026/11/b.mov' }),
      responses: { '200': answer('Its new path', filePathSchema) },
    }),
  },
  '/endpoints/{id}/size': {
    get: operation('countFiles', 'How many files and bytes a folder holds, counted to a bound', {
      role: 'viewer',
      requestParams: { path: id, query: countFilesSchema },
      responses: { '200': answer('The count', countSchema) },
    }),
  },
  '/endpoints/{id}/content': {
    get: operation('downloadFile', 'The bytes of a file; takes one `Range`', {
      role: 'operator',
      description: 'Only where the web and a worker run on one machine; elsewhere 503 says so.',
      requestParams: { path: id, query: downloadSchema },
      responses: {
        '200': { description: 'The file', content: { 'application/octet-stream': { schema: bytes } } },
      },
    }),
    put: operation('uploadFile', 'Put a file, its bytes as the body', {
      role: 'operator',
      description:
        'It is written under another name and moved into place when it is whole: a connection that breaks leaves nothing.',
      requestParams: { path: id, query: uploadSchema },
      requestBody: {
        content: { 'application/octet-stream': { schema: bytes, example: 'the bytes of the file' } },
      },
      responses: { '200': answer('Where it is', uploadedSchema) },
    }),
  },
  '/endpoints/{id}/health': {
    get: operation('readEndpointHealth', 'Whether it worked when it was last used, and what it can do', {
      role: 'viewer',
      requestParams: { path: id },
      responses: { '200': answer('Its health', endpointHealthSchema) },
    }),
  },
  '/endpoints/{id}/test': {
    post: operation('testEndpoint', 'Ask whether it works now', {
      role: 'operator',
      requestParams: { path: id },
      requestBody: { ...body(testSavedSchema, { write: true }), required: false },
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
  ...schedulePaths,
  '/stream': {
    get: operation('openStream', 'Server-sent events of one job, or of all', {
      role: 'viewer',
      description:
        'Begins with `snapshot` ({items: Job[]}); then `job` (a Job) at each change of state and `progress` at most once a second while it runs; `events`, without `jobId`, when the ledger of events has changed; `beat` every 15 s, with what `GET /health` answers. `Last-Event-ID` reads on after a break, with overlap.',
      requestParams: { query: z.object({ jobId: z.uuid().optional() }) },
      responses: {
        '200': {
          description: 'Events; `progress` is shown',
          content: { 'text/event-stream': { schema: progressSchema.meta({ id: 'Progress' }) } },
        },
      },
    }),
  },
  ...templatePaths,
  ...peoplePaths,
}

/** "/jobs/{id}/log" belongs to Jobs; what has no noun of its own is about the server. */
const nouns: Record<string, string> = {
  ...{ health: 'Server', stats: 'Server', 'openapi.json': 'Server' },
  'api-keys': 'API keys',
}

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
