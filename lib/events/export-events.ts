import { z } from 'zod'
import { type Context, requireRole } from '#lib/context.ts'
import { parseInput } from '#lib/parse.ts'
import { type EventRow, listEventRows } from './list-rows.ts'
import { eventFiltersSchema } from './schema.ts'

/** Rows of one file: what a spreadsheet still opens. The rest is another file, narrowed by the filters. */
export const MOST_EXPORTED = 100_000
const A_PAGE = 200

export const exportSchema = eventFiltersSchema.extend({ format: z.enum(['csv', 'json']) })

const columns = [
  'id',
  'receivedAt',
  'occurredAt',
  'settledAt',
  'state',
  'kind',
  'source',
  'template',
  'path',
  'size',
  'destinationPath',
  'reason',
  'jobId',
  'detail',
] as const

/**
 * The events of a filter as pieces of one file, the newest first, read page after page while somebody takes them. It
 * ends at MOST_EXPORTED.
 */
export async function exportEvents({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<AsyncGenerator<string, void>> {
  requireRole(ctx.actor, 'viewer')
  const { format, state, ...filters } = parseInput(exportSchema, input)
  const query = { ...filters, ...(state && { state: state.join(',') }) }
  return format === 'csv' ? asCsv(pages(ctx, query)) : asJson(pages(ctx, query))
}

async function* pages(ctx: Context, query: object): AsyncGenerator<EventRow[], void> {
  let cursor: string | null = null
  let told = 0
  do {
    const input: object = { ...query, limit: A_PAGE, ...(cursor && { cursor }) }
    const page: Awaited<ReturnType<typeof listEventRows>> = await listEventRows({ ctx, input })
    if (page.items.length > 0) yield page.items
    told += page.items.length
    cursor = told < MOST_EXPORTED ? page.nextCursor : null
  } while (cursor)
}

async function* asCsv(found: AsyncGenerator<EventRow[], void>): AsyncGenerator<string, void> {
  // Spreadsheets take a file without this mark for one in their own country's letters.
  yield `\uFEFF${columns.join(',')}\r\n`
  for await (const rows of found) yield rows.map(csvLine).join('')
}

function csvLine({ event, template }: EventRow): string {
  const values = { ...event, template: template.name, detail: JSON.stringify(event.detail) }
  return `${columns.map((name) => csvCell(values[name])).join(',')}\r\n`
}

/** Quoted after RFC 4180. What a spreadsheet would run as a formula gets a ' before it, as OWASP says. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

async function* asJson(found: AsyncGenerator<EventRow[], void>): AsyncGenerator<string, void> {
  let first = true
  yield '['
  for await (const rows of found) {
    const texts = rows.map(({ event, template }) => JSON.stringify({ ...event, template: template.name }))
    yield `${first ? '\n' : ',\n'}${texts.join(',\n')}`
    first = false
  }
  yield first ? ']\n' : '\n]\n'
}
