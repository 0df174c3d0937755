import { and, eq, isNull } from 'drizzle-orm'
import { templates, triggers } from '#lib/db/schema/templates.ts'

/** Of a trigger joined with its template: it is there and its template is on. */
export const isOn = and(isNull(triggers.deletedAt), isNull(templates.deletedAt), eq(templates.enabled, true))!

/** The same of rows that have been read. */
export function areOn(
  trigger: Pick<typeof triggers.$inferSelect, 'deletedAt'>,
  template: Pick<typeof templates.$inferSelect, 'deletedAt' | 'enabled'>,
): boolean {
  return template.enabled && !template.deletedAt && !trigger.deletedAt
}
