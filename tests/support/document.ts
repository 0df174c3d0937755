import { z } from 'zod'
import { apiDocument } from '#lib/api/document.ts'
import type { LeastRole } from '#lib/api/operation.ts'

type Content = Record<string, { schema: object; example?: unknown }>
type Parameter = {
  in: 'path' | 'query' | 'header'
  name: string
  schema: { type?: string; format?: string; enum?: unknown[]; maximum?: number; maxLength?: number }
}

export type Operation = {
  method: string
  path: string
  operationId: string
  summary: string
  'x-role': LeastRole
  security?: object[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

export const document = apiDocument()

/** Every operation of the document, in its order. */
export const operations: Operation[] = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item ?? {}).map(([method, operation]) => ({
    ...(operation as unknown as Operation),
    method: method.toUpperCase(),
    path,
  })),
)

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
