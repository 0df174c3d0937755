import { asc, eq, sql } from 'drizzle-orm'
import { firings } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import type { TestDatabase } from './database.ts'
import type { Depot } from './depot.ts'

let made = 0

export type Scheduled = { templateId: string; triggerId: string; name: string }

/** A template with one schedule; its source is the folder `from` of the depot. */
export async function scheduled(
  depot: Pick<Depot, 'ctx' | 'source' | 'destination'>,
  schedule: Partial<ScheduleSettings>,
  { from = '', ...more }: { from?: string; [field: string]: unknown } = {},
): Promise<Scheduled> {
  const name = `scheduled ${++made}`
  const template = await createTemplate({
    ctx: depot.ctx.operator,
    input: {
      name,
      operation: 'copy',
      source: { endpointId: depot.source.id, path: from },
      destinations: [{ endpointId: depot.destination.id, path: name }],
      triggers: [{ type: 'schedule', ...schedule }],
      ...more,
    },
  })
  return { templateId: template.id, triggerId: template.triggers[0]!.id, name }
}

/** Lets time have passed for a schedule: all it knows of, its message too, lies so much earlier. */
export async function backdate({ db }: TestDatabase, triggerId: string, seconds: number): Promise<void> {
  const by = sql`make_interval(secs => ${seconds})`
  await db.transaction(async (tx) => {
    const past = await tx.delete(firings).where(eq(firings.triggerId, triggerId)).returning()
    const shifted = past.map((row) => ({ ...row, dueAt: new Date(row.dueAt.getTime() - seconds * 1000) }))
    if (shifted.length > 0) await tx.insert(firings).values(shifted)
    await tx.execute(sql`
      update triggers set since = since - ${by}, next_due_at = next_due_at - ${by}, checked_until = checked_until - ${by}
      where id = ${triggerId}`)
    await tx.execute(sql`
      update pgboss.job m set start_after = m.start_after - ${by}, data = jsonb_set(m.data, '{dueAt}', to_jsonb(
        to_char((m.data->>'dueAt')::timestamptz at time zone 'UTC' - ${by}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
      where m.name = 'firings' and m.data->>'triggerId' = ${triggerId}`)
  })
}

export function firingsOf({ db }: TestDatabase, triggerId: string) {
  return db.select().from(firings).where(eq(firings.triggerId, triggerId)).orderBy(asc(firings.dueAt))
}

export function runsOf({ db }: TestDatabase, templateId: string) {
  return db.select().from(jobs).where(eq(jobs.templateId, templateId)).orderBy(asc(jobs.id))
}

export async function triggerOf({ db }: TestDatabase, triggerId: string) {
  const [row] = await db.select().from(triggers).where(eq(triggers.id, triggerId))
  return row!
}

/** The times of the messages that are in the queue for a schedule. */
export async function messagesOf({ sql: raw }: TestDatabase, triggerId: string): Promise<string[]> {
  const rows = await raw<{ due: string }[]>`
    select data->>'dueAt' as due from pgboss.job where name = 'firings' and data->>'triggerId' = ${triggerId}
    order by 1`
  return rows.map(({ due }) => due)
}
