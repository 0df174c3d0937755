import { z } from 'zod'
import type { ZodOpenApiHeadersObject, ZodOpenApiOperationObject } from 'zod-openapi'
import type { Role } from '#lib/db/schema/users.ts'

// The pieces that operations of the document are made of.

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          path: z.string(),
          message: z.string(),
          value: z.string().optional().meta({ description: 'What puts it right, if a person agrees.' }),
          fingerprint: z.string().optional().meta({ description: 'Of the host key that a server showed.' }),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `errors` names the fields that are wrong.' })

export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'null at the end' }),
  })

export const id = z.object({ id: z.uuid() })

export const creation = z.object({
  'Idempotency-Key': z.string().max(200).optional().meta({
    description: 'The same key gives the same answer again and creates nothing twice; kept for a day.',
  }),
})

export const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A JSON body; the example is what a person would send, and a test holds it to the schema. */
export const body = (schema: z.ZodType, example?: unknown) => ({
  required: true,
  content: { 'application/json': { schema, ...(example !== undefined && { example }) } },
})

const refused = (description: string, headers?: ZodOpenApiHeadersObject) => ({
  description,
  ...(headers && { headers }),
  content: { 'application/problem+json': { schema: problem } },
})

/** Names and syntax of draft-ietf-httpapi-ratelimit-headers-10; `Retry-After` of RFC 9110. */
const rateLimitHeaders: ZodOpenApiHeadersObject = {
  'RateLimit-Policy': {
    description: 'Reserved: the quotas there are, such as `"key";q=600;w=60`. Not sent yet.',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'Reserved: what is left of them, such as `"key";r=120;t=30`. Not sent yet.',
    schema: { type: 'string' },
  },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
}

/** The least role that an operation takes; `none` takes everybody, without a key. */
export type LeastRole = Role | 'none'

type Operation = Omit<ZodOpenApiOperationObject, 'operationId' | 'summary'> & { role: LeastRole }

/** One operation: its answers with the refusals that it can meet, its role as `x-role`. */
export function operation(
  operationId: string,
  summary: string,
  { role, responses, ...rest }: Operation,
): ZodOpenApiOperationObject {
  const hasId = rest.requestParams?.path !== undefined
  return {
    operationId,
    summary,
    'x-role': role,
    ...(role === 'none' && { security: [] }),
    ...rest,
    responses: {
      ...responses,
      ...(role !== 'none' && {
        '401': refused('No key, or one that is not good'),
        '403': refused(
          role === 'viewer'
            ? rest.security
              ? 'An API key, or a cookie that did not come from a page of this server'
              : 'The request came with a cookie, but not from a page of this server'
            : `The role is less than ${role}`,
        ),
        ...(hasId && {
          '404': refused('Nothing has this id'),
          '410': refused('The job was removed with its month, as FILE_ORBIT_KEEP_MONTHS says'),
        }),
        '409': refused(
          'The thing is in another state, a name is taken, or an Idempotency-Key was used for another request',
        ),
        ...(rest.requestBody && { '413': refused('The body is larger than 1 MiB') }),
        '422': refused('Something in the request is wrong; `errors` says what'),
        '429': refused(
          'Too many requests. Reserved: today only sign-in is limited, a client that waits as told is ready for more',
          rateLimitHeaders,
        ),
        '503': refused('The worker or the storage does not answer now'),
      }),
    },
  }
}
