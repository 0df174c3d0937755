import type { Schema } from './operations.ts'

type Schemas = Record<string, Schema>

/** One field of a body, its place written with dots: "source.endpointId", "items[].name". */
export type FieldRow = { name: string; type: string; required: boolean; about: string }

function resolved(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split('/').at(-1)
  return name ? (schemas[name] ?? {}) : schema
}

/** The schema without "or null", and whether it said so. */
function withoutNull(schema: Schema): { schema: Schema; isNullable: boolean } {
  const others = schema.anyOf?.filter((one) => one.type !== 'null')
  if (others?.length === 1) return { schema: { ...schema, ...others[0], anyOf: undefined }, isNullable: true }
  return { schema, isNullable: Array.isArray(schema.type) && schema.type.includes('null') }
}

/** "string, uuid", "integer 1 to 64", "copy | move | sync", "object or null". */
export function typeText(given: Schema, schemas: Schemas): string {
  const { schema, isNullable } = withoutNull(resolved(given, schemas))
  const end = isNullable ? ' or null' : ''
  if (schema.enum) return `${schema.enum.join(' | ')}${end}`
  if (schema.items) return `list of ${typeText(schema.items, schemas)}${end}`
  const type = [schema.type ?? 'any'].flat().filter((one) => one !== 'null')[0]!
  const format = schema.format ? `, ${schema.format}` : ''
  const bounds =
    type === 'integer' && schema.minimum !== undefined && (schema.maximum ?? 2 ** 31) < 2 ** 31
      ? ` ${schema.minimum} to ${schema.maximum}`
      : ''
  return `${type}${format}${bounds}${end}`
}

/** The fields of a body, those of objects inside it below them. */
export function fieldsOf(given: Schema, schemas: Schemas, below = ''): FieldRow[] {
  const { schema } = withoutNull(resolved(given, schemas))
  if (schema.items) return fieldsOf(schema.items, schemas, `${below}[]`)
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = below === '' ? key : `${below}.${key}`
    const isDefault = field.default !== undefined && JSON.stringify(field.default) !== '{}'
    const about = [
      field.description ?? resolved(field, schemas).description ?? '',
      isDefault ? `${JSON.stringify(field.default)} when not given.` : '',
    ]
    const row = {
      name,
      type: typeText(field, schemas),
      required: schema.required?.includes(key) ?? false,
      about: about.filter((text) => text !== '').join(' '),
    }
    return [row, ...fieldsOf(field, schemas, name)]
  })
}

const formats: Record<string, string> = {
  uuid: '0199f2a4-7c31-7a52-9d0e-5f1b6c3d2e41',
  'date-time': '2026-11-21T09:30:00.000Z',
  email: 'ops@studio.example',
}

/** A value of the schema's shape, for reading; what is said in its own examples first. */
export function exampleOf(given: Schema, schemas: Schemas): unknown {
  const { schema, isNullable } = withoutNull(resolved(given, schemas))
  if (schema.examples?.[0] !== undefined) return schema.examples[0]
  if (schema.default !== undefined) return schema.default
  if (schema.enum) return isNullable ? null : schema.enum[0]
  if (schema.properties) {
    const fields = Object.entries(schema.properties)
    return Object.fromEntries(fields.map(([key, field]) => [key, exampleOf(field, schemas)]))
  }
  if (schema.items) return [exampleOf(schema.items, schemas)]
  if (isNullable && !schema.format) return null
  if (schema.format) return formats[schema.format] ?? 'text'
  const type = [schema.type].flat()[0]
  if (type === 'number' || type === 'integer') return schema.minimum ?? 0
  if (type === 'boolean') return true
  return type === 'string' ? 'text' : {}
}
