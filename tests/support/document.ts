import { z } from 'zod'
import { apiDocument } from '#lib/api/document.ts'
import { readOperations } from '#lib/api/operations.ts'

export const document = apiDocument()
export const { operations } = readOperations()

/** A JSON Schema of the document as a parser: references resolved, formats and unknown fields checked. */
export function parserOf(schema: object): z.ZodType {
  const whole = { ...schema, $defs: document.components?.schemas ?? {} }
  const text = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0])
}

/** What is wrong with a value by its schema, in words; empty for nothing. */
export function complaints(schema: object, value: unknown): string {
  const parsed = parserOf(schema).safeParse(value)
  return parsed.success ? '' : z.prettifyError(parsed.error)
}
