import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { findTemplateRow, type TemplateRow } from './queries.ts'

/**
 * A template that is not deleted, locked until the transaction ends: of two who change it, the second sees what the first
 * did. Nobody writes events of it meanwhile. Throws NotFoundError.
 */
export async function lockTemplateRow(tx: Tx, id: string): Promise<TemplateRow> {
  await tx.select({ id: templates.id }).from(templates).where(eq(templates.id, id)).for('update')
  return findTemplateRow(tx, id)
}

/**
 * Keeps the templates of these triggers, and the triggers, as they are until the transaction ends: to be called by
 * whoever writes events of them, before it reads what they are. A gatherer is not kept waiting, only who changes them.
 */
export async function holdTemplates(tx: Tx, triggerIds: string[]): Promise<void> {
  if (triggerIds.length === 0) return
  const own = tx
    .select({ id: triggers.templateId })
    .from(triggers)
    .where(and(inArray(triggers.id, triggerIds), isNull(triggers.deletedAt)))
  await tx
    .select({ one: sql`1` })
    .from(templates)
    .where(inArray(templates.id, own))
    .orderBy(templates.id)
    .for('key share')
}
