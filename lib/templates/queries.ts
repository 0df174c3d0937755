import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import { type Actor, type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { contains } from '#lib/db/contains.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { NotFoundError } from '#lib/errors.ts'
import { isId, parseInput } from '#lib/parse.ts'
import { hidePing } from '#lib/schedules/hide-ping.ts'
import { listTemplatesSchema, type Template } from './schema.ts'

export type TemplateRow = typeof templates.$inferSelect
type TriggerRow = typeof triggers.$inferSelect

/** A template that is not deleted; throws NotFoundError. */
export async function findTemplateRow(db: Db | Tx, id: string): Promise<TemplateRow> {
  const [row] = await db
    .select()
    .from(templates)
    .where(and(eq(templates.id, id), isNull(templates.deletedAt)))
  if (!row) throw new NotFoundError('There is no such template; it may have been deleted.')
  return row
}

export async function triggersOf(db: Db | Tx, templateIds: string[]): Promise<TriggerRow[]> {
  if (templateIds.length === 0) return []
  return db
    .select()
    .from(triggers)
    .where(and(inArray(triggers.templateId, templateIds), isNull(triggers.deletedAt)))
    .orderBy(asc(triggers.id))
}

export function toTemplate(row: TemplateRow, own: TriggerRow[]): Template {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    enabled: row.enabled,
    operation: row.operation,
    source: { endpointId: row.sourceEndpointId, path: row.sourcePath },
    pattern: row.pattern,
    destinations: [{ endpointId: row.destinationEndpointId, path: row.destinationPath }],
    timeZone: row.timeZone,
    gather: row.gather,
    options: row.options,
    triggers: own
      .filter(({ templateId }) => templateId === row.id)
      .map((trigger) => ({
        ...shownSettings(trigger),
        id: trigger.id,
        nextDueAt: trigger.nextDueAt?.toISOString() ?? null,
        health: trigger.health,
        ...(trigger.type === 's3' && { listing: shownListing(trigger) }),
      })),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function shownListing({
  listing,
}: TriggerRow): { state: 'ok' | 'warn' | 'fail'; message: string; at: string } | null {
  return listing && { state: listing.state, message: listing.message, at: listing.at }
}

function shownSettings({ settings, secrets }: TriggerRow): TriggerRow['settings'] {
  if (settings.type !== 's3') return settings
  const sealed = Object.fromEntries(Object.keys(secrets).map((name) => [name, { set: true }]))
  return { ...settings, settings: { ...settings.settings, ...sealed } }
}

function shownTo(actor: Actor, template: Template): Template {
  return { ...template, triggers: template.triggers.map((trigger) => hidePing(actor, trigger)) }
}

export async function getTemplate({ ctx, id }: { ctx: Context; id: string }): Promise<Template> {
  requireRole(ctx.actor, 'viewer')
  const row = await findTemplateRow(ctx.db, id)
  return shownTo(ctx.actor, toTemplate(row, await triggersOf(ctx.db, [id])))
}

/** How many templates there are, counted to a bound. */
export async function countTemplates({ ctx }: { ctx: Context }): Promise<number> {
  requireRole(ctx.actor, 'viewer')
  const rows = await ctx.db
    .select({ id: templates.id })
    .from(templates)
    .where(isNull(templates.deletedAt))
    .limit(1000)
  return rows.length
}

/** What a template is called, or was before it was deleted; null for none. */
export async function templateName({ ctx, id }: { ctx: Context; id: string }): Promise<string | null> {
  requireRole(ctx.actor, 'viewer')
  if (!isId(id)) return null
  const [row] = await ctx.db.select({ name: templates.name }).from(templates).where(eq(templates.id, id))
  return row?.name ?? null
}

/** Templates by name. */
export async function listTemplates({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<Template>> {
  requireRole(ctx.actor, 'viewer')
  const { q, cursor, limit } = parseInput(listTemplatesSchema, input)
  // The database's own lower(): another's would skip or repeat names at the border of a page.
  const name = sql<string>`lower(${templates.name})`
  const rows = await ctx.db
    .select({ template: templates, name })
    .from(templates)
    .where(
      and(
        isNull(templates.deletedAt),
        q ? contains(templates.name, q) : undefined,
        cursor ? gt(name, decodeCursor(cursor, ['text'])[0]!) : undefined,
      ),
    )
    .orderBy(asc(name))
    .limit(limit + 1)
  const own = await triggersOf(
    ctx.db,
    rows.map(({ template }) => template.id),
  )
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    ({ template }) => shownTo(ctx.actor, toTemplate(template, own)),
  )
}
