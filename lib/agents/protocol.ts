import { z } from 'zod'
import { fileEntrySchema } from '#lib/endpoints/schema.ts'

// What the control plane and an agent say to each other. Parsed on both sides: neither trusts the other's version.

const place = {
  type: z.string(),
  root: z.string(),
  path: z.string(),
  settings: z.record(z.string(), z.string()),
  roots: z.array(z.string()).nullable(),
}

export const testQuestionSchema = z.object(place)

export const browseQuestionSchema = z.object({ ...place, offset: z.number(), limit: z.number() })

export const browseAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), entries: z.array(fileEntrySchema), more: z.boolean() }),
  z.object({ ok: z.literal(false), cause: z.string(), message: z.string() }),
])
export type BrowseAnswer = z.infer<typeof browseAnswerSchema>
