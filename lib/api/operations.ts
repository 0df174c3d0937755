import { apiDocument } from './document.ts'
import type { LeastRole } from './operation.ts'

/** A JSON Schema as the document holds it. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  format?: string
  enum?: unknown[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
  items?: Schema
  default?: unknown
  examples?: unknown[]
  description?: string
  minimum?: number
  maximum?: number
  maxLength?: number
}

export type Content = Record<string, { schema: Schema; example?: unknown }>

export type Parameter = {
  in: 'path' | 'query' | 'header'
  name: string
  required?: boolean
  description?: string
  schema: Schema
}

/** One operation of the document with the method and path that it stands at. */
export type Operation = {
  method: string
  path: string
  tags: string[]
  operationId: string
  summary: string
  description?: string
  'x-role': LeastRole
  security?: object[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}

/** Every operation of the document, in its order, and the schemas that they refer to. */
export function readOperations(): { operations: Operation[]; schemas: Record<string, Schema> } {
  const document = apiDocument()
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(([method, operation]) => ({
      ...(operation as unknown as Operation),
      method: method.toUpperCase(),
      path,
    })),
  )
  return { operations, schemas: (document.components?.schemas ?? {}) as Record<string, Schema> }
}
