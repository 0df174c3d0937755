import { z } from 'zod'
import { storedPlaceSchema } from '#lib/endpoints/sides.ts'

// What is said between the control plane and an agent about an rclone.conf. Secrets are sealed both ways.

/** The text of a file, or its path on the agent. `row` is what `text` and `password` are sealed for. */
export const readConfigQuestionSchema = z.object({
  row: z.uuid(),
  text: z.string().nullable(),
  file: z.string().nullable(),
  password: z.string().nullable(),
  /** Rows of endpoints that remotes are to replace; the others are given new ones. */
  rows: z.record(z.string(), z.uuid()),
})
export type ReadConfigQuestion = z.infer<typeof readConfigQuestionSchema>

export const readRemoteSchema = z.object({
  name: z.string(),
  type: z.string(),
  /** The row that its secrets are sealed for. */
  row: z.uuid(),
  settings: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
  own: z.record(z.string(), z.string()),
  leftOut: z.array(z.object({ option: z.string(), why: z.string() })),
  problem: z.string().nullable(),
})
export type ReadRemote = z.infer<typeof readRemoteSchema>

export const readConfigAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), remotes: z.array(readRemoteSchema) }),
  z.object({ ok: z.literal(false), at: z.enum(['text', 'password', 'agentFile']), message: z.string() }),
])
export type ReadConfigAnswer = z.infer<typeof readConfigAnswerSchema>

/** Where what is asked or answered about a configuration is sealed for. */
export function configSecret(row: string, field: 'text' | 'password' | 'answer') {
  return { table: 'questions', row, field }
}

/** Endpoints to be written as an rclone.conf, sealed to `publicKey` for `row`. */
export const writeConfigQuestionSchema = z.object({
  row: z.uuid(),
  publicKey: z.string(),
  endpoints: z.array(
    storedPlaceSchema.extend({
      name: z.string(),
      limits: z.object({ bandwidth: z.string().optional(), transfers: z.number().optional() }),
    }),
  ),
})
export type WriteConfigQuestion = z.infer<typeof writeConfigQuestionSchema>

export const writeConfigAnswerSchema = z.object({
  sealed: z.string(),
  written: z.array(z.string()),
  leftOut: z.array(z.object({ name: z.string(), why: z.string() })),
})
export type WriteConfigAnswer = z.infer<typeof writeConfigAnswerSchema>
