import { z } from 'zod'
import { testResultSchema } from '#lib/endpoints/schema.ts'
import { storedPlaceSchema } from '#lib/endpoints/sides.ts'
import { signInStepSchema } from '#lib/endpoints/sign-in-schema.ts'
import { storageFactsSchema } from '#lib/endpoints/storage-facts.ts'
import { countSchema, fileEntrySchema, fileSorts } from '#lib/files/schema.ts'

// What the control plane and an agent say to each other. Parsed on both sides: neither trusts the other's version.

/** A path in an endpoint, its secrets sealed. */
export const askedPlaceSchema = storedPlaceSchema.extend({
  path: z.string(),
  wrapped: z.array(storedPlaceSchema),
  roots: z.array(z.string()).nullable(),
})

export const testQuestionSchema = askedPlaceSchema.extend({
  write: z.boolean(),
  /** Where nobody keeps a token that is renewed meanwhile: it is answered, sealed for `owner` as a sign-in. */
  signIn: z.object({ owner: z.string(), state: z.string().nullable() }).nullish(),
})

export const testAnswerSchema = testResultSchema.extend({ facts: storageFactsSchema.nullish() })

/** One window of a folder, or of what was found below it. */
export const browseQuestionSchema = askedPlaceSchema.extend({
  q: z.string(),
  below: z.boolean(),
  sort: z.enum(fileSorts),
  offset: z.number(),
  limit: z.number(),
  /** The listing that earlier windows came from; it is made anew where the worker has it no more. */
  listing: z.string().nullable(),
})
export type BrowseQuestion = z.infer<typeof browseQuestionSchema>

const refusedSchema = z.object({ ok: z.literal(false), cause: z.string(), message: z.string() })
export type Refused = z.infer<typeof refusedSchema>

export const browseAnswerSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    listing: z.string(),
    entries: z.array(fileEntrySchema),
    total: z.number(),
    /** False where a search below ended at its bounds. */
    complete: z.boolean(),
  }),
  refusedSchema,
])
export type BrowseAnswer = z.infer<typeof browseAnswerSchema>

const deed = z.discriminatedUnion('do', [
  z.object({ do: z.literal('makeFolder') }),
  z.object({ do: z.literal('rename'), to: z.string() }),
  z.object({ do: z.literal('delete'), recursive: z.boolean() }),
  z.object({ do: z.literal('count') }),
])
export type Deed = z.infer<typeof deed>

/** Something done to one path of an endpoint, or counted at it. */
export const fileDeedQuestionSchema = askedPlaceSchema.extend({ deed })
export type FileDeedQuestion = z.infer<typeof fileDeedQuestionSchema>

export const fileDeedAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), count: countSchema.optional() }),
  refusedSchema,
])
export type FileDeedAnswer = z.infer<typeof fileDeedAnswerSchema>

/** Bytes of one file are to pass between the web and the worker. */
export const passageQuestionSchema = askedPlaceSchema.extend({
  way: z.enum(['download', 'upload']),
  /** Of an upload: a file that is there may be replaced. */
  overwrite: z.boolean(),
})
export type PassageQuestion = z.infer<typeof passageQuestionSchema>

export const passageAnswerSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    /** The worker's Unix socket, and what lets one request through, once, within a minute. */
    socket: z.string(),
    ticket: z.string(),
  }),
  refusedSchema,
])
export type PassageAnswer = z.infer<typeof passageAnswerSchema>

/** A queue, its secrets sealed for the row of a trigger; `type` and `host` say where the question leads. */
export const testQueueQuestionSchema = z.object({
  row: z.string(),
  type: z.literal('sqs'),
  host: z.string(),
  queueUrl: z.string(),
  region: z.string(),
  endpointUrl: z.string().optional(),
  settings: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
  bucket: z.string(),
})
export type TestQueueQuestion = z.infer<typeof testQueueQuestionSchema>

export const hostKeyQuestionSchema = z.object({ host: z.string(), port: z.number() })

export const hostKeyAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), fingerprint: z.string(), value: z.string() }),
  z.object({ ok: z.literal(false), at: z.enum(['host', 'port']), message: z.string() }),
])
export type HostKeyAnswer = z.infer<typeof hostKeyAnswerSchema>

const texts = z.record(z.string(), z.string())

/**
 * One step of signing in at a service. `owner` is who began it: a state opens for nobody else. Secrets, the answer
 * and the state are sealed (lib/endpoints/sign-in.ts says for which places).
 */
export const oauthQuestionSchema = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('begin'),
    owner: z.string(),
    type: z.string(),
    settings: texts,
    secrets: texts,
  }),
  z.object({
    step: z.literal('answer'),
    owner: z.string(),
    type: z.string(),
    state: z.string(),
    answer: z.string().nullable(),
  }),
  /** Seals what was found for the row of an endpoint. */
  z.object({
    step: z.literal('finish'),
    owner: z.string(),
    type: z.string(),
    state: z.string(),
    row: z.string(),
  }),
])
export type OAuthQuestion = z.infer<typeof oauthQuestionSchema>

export const oauthAnswerSchema = z.discriminatedUnion('kind', [
  signInStepSchema.extend({ kind: z.literal('step') }),
  z.object({ kind: z.literal('finished'), settings: texts, secrets: texts }),
  z.object({ kind: z.literal('refused'), message: z.string() }),
])
export type OAuthAnswer = z.infer<typeof oauthAnswerSchema>
