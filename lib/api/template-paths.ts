import type { ZodOpenApiPathsObject } from 'zod-openapi'
import {
  eventSchema,
  listEventsSchema,
  replayAnswerSchema,
  replaySchema,
  summaryQuerySchema,
  summarySchema,
} from '#lib/events/schema.ts'
import { queueTestSchema, testQueueSchema } from '#lib/s3-events/queue-test-schema.ts'
import {
  listTemplatesSchema,
  patchTemplateSchema,
  runTemplateSchema,
  templateInputSchema,
  templateSchema,
} from '#lib/templates/schema.ts'
import { job } from './job-component.ts'
import { answer, body, creation, id, operation, page } from './operation.ts'

const template = templateSchema.meta({ id: 'Template' })
const event = eventSchema.meta({ id: 'Event' })

const example = {
  name: 'camera-cards',
  operation: 'copy',
  source: { endpointId: '0199f2a4-7c31-7a52-9d0e-5f1b6c3d2e41', path: 'cards' },
  pattern: '*.mov',
  destinations: [{ endpointId: '0199f2a4-8b20-7f63-8a4d-2c7e9b1f0d52', path: '{year}/{month}/{day}/' }],
  timeZone: 'Europe/Berlin',
  triggers: [{ type: 'watch', readyAfterSeconds: 10 }],
}

/** Saved transfers, what starts them, and the ledger of what happened. */
export const templatePaths: ZodOpenApiPathsObject = {
  '/templates': {
    get: operation('listTemplates', 'Templates by name', {
      role: 'viewer',
      requestParams: { query: listTemplatesSchema },
      responses: { '200': answer('A page', page(template)) },
    }),
    post: operation('createTemplate', 'Save a transfer with what starts it', {
      role: 'operator',
      description:
        'Variables in paths: {year} {month} {day} {hour} {minute} {second} {week} {date:yyyy-MM-dd} {timestamp} by event time (run.… by the run’s), {filename} {name} {ext} {path} {size} {event.…} of the file, {job} {template}. {{ and }} are braces.',
      requestParams: { header: creation },
      requestBody: body(templateInputSchema, example),
      responses: { '201': answer('The template', template) },
    }),
  },
  '/templates/test-queue': {
    post: operation('testQueue', 'Ask whether the queue of S3 events can be read, stage by stage', {
      role: 'operator',
      description:
        'Only its attributes are read: no message is received or deleted. With `triggerId` what is not given is taken from that trigger, secrets too.',
      requestBody: body(testQueueSchema, {
        queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/uploads',
        region: 'eu-central-1',
        bucket: 'uploads/incoming',
      }),
      responses: { '200': answer('What was found', queueTestSchema) },
    }),
  },
  '/templates/{id}': {
    get: operation('readTemplate', 'One template', {
      role: 'viewer',
      requestParams: { path: id },
      responses: { '200': answer('The template', template) },
    }),
    patch: operation('updateTemplate', 'Change a template, or switch it on or off', {
      role: 'operator',
      description:
        'Jobs that were made keep what they were made with. `triggers` replaces all; one with its id stays.',
      requestParams: { path: id },
      requestBody: body(patchTemplateSchema, { enabled: false }),
      responses: { '200': answer('The template', template) },
    }),
    delete: operation('deleteTemplate', 'Delete a template with its triggers', {
      role: 'operator',
      requestParams: { path: id },
      responses: { '204': { description: 'Deleted' } },
    }),
  },
  '/templates/{id}/run': {
    post: operation('runTemplate', 'Run a template now, on or off', {
      role: 'operator',
      requestParams: { path: id, header: creation },
      requestBody: body(runTemplateSchema, { at: '2026-11-21T00:00:00Z' }),
      responses: { '201': answer('The job', job) },
    }),
  },
  '/events': {
    get: operation('listEvents', 'The ledger, newest first', {
      role: 'viewer',
      requestParams: { query: listEventsSchema },
      responses: { '200': answer('A page', page(event)) },
    }),
  },
  '/events/summary': {
    get: operation('readEventSummary', 'How many were received, and what became of them', {
      role: 'viewer',
      requestParams: { query: summaryQuerySchema },
      responses: { '200': answer('The books', summarySchema) },
    }),
  },
  '/events/replay': {
    post: operation('replayEvents', 'Have events run again, or say what would', {
      role: 'operator',
      requestBody: body(replaySchema, { ids: ['0199f2a4-9d10-7b21-8c3e-4f5a6b7c8d9e'], dryRun: true }),
      responses: { '200': answer('What runs, and what is refused', replayAnswerSchema) },
    }),
  },
  '/events/{id}': {
    get: operation('readEvent', 'One event', {
      role: 'viewer',
      requestParams: { path: id },
      responses: { '200': answer('The event', event) },
    }),
  },
  '/events/{id}/replay': {
    post: operation('replayEvent', 'Have one event run again', {
      role: 'operator',
      requestParams: { path: id },
      responses: { '200': answer('What runs', replayAnswerSchema) },
    }),
  },
}
