import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Actor, type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, type Page, pageOf } from '#lib/cursor.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { firings } from '#lib/db/schema/events.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { NotFoundError } from '#lib/errors.ts'
import { jobStates } from '#lib/jobs/states.ts'
import { parseInput } from '#lib/parse.ts'
import { scheduleSchema } from '#lib/triggers/schema.ts'
import { firingSentences, firingStates } from './firing-states.ts'
import { hidePing } from './hide-ping.ts'
import { nextFirings } from './next-firings.ts'
import { sayFirings } from './say-firings.ts'
import { sentenceOf } from './schedule-words.ts'

const time = z.iso.datetime()
const firingWords = Object.entries(firingSentences)
  .map(([state, sentence]) => `${state}: ${sentence}`)
  .join(' ')

export const schedulePreviewSchema = scheduleSchema.omit({ type: true })

export const previewedScheduleSchema = z.object({
  sentence: z.string(),
  next: z.array(time).meta({ description: 'The next ten firings; what a blackout swallows is left out.' }),
})

export const scheduleViewSchema = z.object({
  id: z.uuid().meta({ description: 'Of the trigger.' }),
  template: z.object({ id: z.uuid(), name: z.string(), enabled: z.boolean() }),
  sentence: z.string().meta({ description: 'When it fires, in words.' }),
  settings: scheduleSchema,
  next: previewedScheduleSchema.shape.next,
  last: z
    .object({
      dueAt: time,
      firedAt: time,
      state: z.enum(firingStates).meta({ description: firingWords }),
      reason: z.string().nullable(),
      jobId: z.uuid().nullable(),
      jobState: z.enum(jobStates).nullable().meta({ description: 'null also when the job was removed.' }),
      ping: z
        .object({
          tries: z.number(),
          status: z.number().optional(),
          error: z.string().optional(),
          at: z.string(),
        })
        .nullable()
        .meta({ description: 'The last call of its ping URL.' }),
    })
    .nullable()
    .meta({ description: 'The last time at which it was due, and what came of it.' }),
  health: z.object({ state: z.enum(['ok', 'warn', 'fail']), message: z.string(), at: z.string() }).nullable(),
})
export type Schedule = z.infer<typeof scheduleViewSchema>

export const listSchedulesSchema = z.strictObject({
  templateId: z.uuid().optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** What a schedule that is not saved yet would do. */
export function previewSchedule({
  ctx,
  input,
}: {
  ctx: Pick<Context, 'actor'>
  input: unknown
}): z.infer<typeof previewedScheduleSchema> {
  requireRole(ctx.actor, 'viewer')
  const settings = parseInput(schedulePreviewSchema, input)
  const { words, next } = sayFirings({ type: 'schedule', ...settings })
  return { sentence: words, next }
}

/** Schedules in the order in which they were made. */
export async function listSchedules({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<Schedule>> {
  requireRole(ctx.actor, 'viewer')
  const { templateId, cursor, limit } = parseInput(listSchedulesSchema, input)
  const rows = await find(ctx.db, {
    ...{ templateId, after: cursor ? decodeCursor(cursor, ['id'])[0] : undefined, limit: limit + 1 },
  })
  const views = await toViews(ctx.db, ctx.actor, rows.slice(0, limit))
  return pageOf(
    rows,
    limit,
    ({ trigger }) => [trigger.id],
    ({ trigger }) => views.get(trigger.id)!,
  )
}

/** One schedule; throws NotFoundError. */
export async function findSchedule(db: Db | Tx, actor: Actor, id: string): Promise<Schedule> {
  const rows = await find(db, { id, limit: 1 })
  const view = (await toViews(db, actor, rows)).get(id)
  if (!view) throw new NotFoundError('There is no such schedule; it may have been deleted.')
  return view
}

type Found = { trigger: typeof triggers.$inferSelect; template: typeof templates.$inferSelect }

async function find(
  db: Db | Tx,
  which: { id?: string; templateId?: string | undefined; after?: string | undefined; limit: number },
): Promise<Found[]> {
  return db
    .select({ trigger: triggers, template: templates })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(
      and(
        eq(triggers.type, 'schedule'),
        isNull(triggers.deletedAt),
        isNull(templates.deletedAt),
        which.id ? eq(triggers.id, which.id) : undefined,
        which.templateId ? eq(triggers.templateId, which.templateId) : undefined,
        which.after ? gt(triggers.id, which.after) : undefined,
      ),
    )
    .orderBy(asc(triggers.id))
    .limit(which.limit)
}

async function toViews(db: Db | Tx, actor: Actor, rows: Found[]): Promise<Map<string, Schedule>> {
  const last = await lastFirings(
    db,
    rows.map(({ trigger }) => trigger.id),
  )
  const now = new Date()
  return new Map(
    rows.flatMap(({ trigger, template }) => {
      const { settings, since, health } = trigger
      if (settings.type !== 'schedule') return []
      const next = template.enabled ? nextFirings(settings, { after: now, since }) : []
      const view: Schedule = {
        id: trigger.id,
        template: { id: template.id, name: template.name, enabled: template.enabled },
        sentence: sentenceOf(settings),
        settings: hidePing(actor, settings),
        next: next.map((at) => at.toISOString()),
        last: last.get(trigger.id) ?? null,
        health,
      }
      return [[trigger.id, view] as const]
    }),
  )
}

async function lastFirings(db: Db | Tx, ids: string[]): Promise<Map<string, Schedule['last']>> {
  if (ids.length === 0) return new Map()
  const newest = db
    .select({ dueAt: sql<Date>`max(${firings.dueAt})` })
    .from(firings)
    .where(eq(firings.triggerId, triggers.id))
  const rows = await db
    .select({ firing: firings, jobState: jobs.state })
    .from(triggers)
    .innerJoin(firings, and(eq(firings.triggerId, triggers.id), eq(firings.dueAt, newest)))
    .leftJoin(jobs, eq(jobs.id, firings.jobId))
    .where(inArray(triggers.id, ids))
  return new Map(
    rows.map(({ firing, jobState }) => {
      const { triggerId, dueAt, firedAt, state, reason, jobId, ping } = firing
      const view = { state, reason, jobId, jobState, ping }
      return [triggerId, { dueAt: dueAt.toISOString(), firedAt: firedAt.toISOString(), ...view }]
    }),
  )
}
