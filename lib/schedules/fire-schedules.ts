import { asc, eq, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { idsFor } from '#lib/db/ids.ts'
import { idList, textList, wordList } from '#lib/db/list.ts'
import { databaseNow } from '#lib/db/now.ts'
import { firings } from '#lib/db/schema/events.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { InvalidError } from '#lib/errors.ts'
import type { NewJob } from '#lib/jobs/insert-job.ts'
import { checkJobs, insertJobs } from '#lib/jobs/insert-jobs.ts'
import { notify } from '#lib/live/channel.ts'
import { planRun } from '#lib/templates/run-template.ts'
import { areOn } from '#lib/triggers/is-on.ts'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { type Decision, decide, type Fate } from './decide.ts'
import { type ActiveRun, activeRuns, replaceRuns } from './overlap.ts'
import { messageOf } from './plan-firing.ts'

type Due = {
  trigger: Pick<typeof triggers.$inferSelect, keyof typeof ofTrigger>
  template: Pick<typeof templates.$inferSelect, keyof typeof ofTemplate>
  settings: ScheduleSettings
} & Decision

/** Read of each that is due, of whom there may be thousands. */
const ofTrigger = {
  id: triggers.id,
  settings: triggers.settings,
  since: triggers.since,
  nextDueAt: triggers.nextDueAt,
  health: triggers.health,
  deletedAt: triggers.deletedAt,
}
const ofTemplate = {
  id: templates.id,
  name: templates.name,
  enabled: templates.enabled,
  operation: templates.operation,
  sourceEndpointId: templates.sourceEndpointId,
  sourcePath: templates.sourcePath,
  pattern: templates.pattern,
  destinationEndpointId: templates.destinationEndpointId,
  destinationPath: templates.destinationPath,
  timeZone: templates.timeZone,
  options: templates.options,
  deletedAt: templates.deletedAt,
}

/** A fate with the job that is to be made, where one is. */
type Firing = {
  due: Due
  fate: Fate
  state: 'fired' | 'skipped' | 'failed' | 'missed'
  reason: string | null
  job: (NewJob & { id: string }) | null
  waits: boolean
}

/**
 * Takes up to `most` firings that are due out of the queue and gives each its fate, its job where it makes one, and the
 * message of the next firing, all in one transaction: a worker that dies meanwhile leaves the messages in the queue. The
 * row of the schedule says which firing its message is of, so that one delivered twice does nothing. Returns how many
 * messages it took; `onTaken` is told so before anything is committed.
 */
export async function fireSchedules({
  ctx,
  most,
  onTaken,
}: {
  ctx: Context
  most: number
  onTaken?: (count: number) => void
}): Promise<number> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    // The disk is not waited for: what a crash of the database takes back is all of this, and then the messages are there
    // again. Whatever follows from it is a later commit, which takes this one to the disk first.
    const [messages] = await Promise.all([
      ctx.queue.takeFirings(tx, most),
      tx.execute(sql`set local synchronous_commit = off`),
    ])
    onTaken?.(messages.length)
    if (messages.length === 0) return 0
    const dues = await lockDue(tx, messages)
    if (dues.length > 0) await fire(tx, ctx, dues)
    return messages.length
  })
}

/** The schedules that these messages are of, and still mean; locked, so that nobody else fires or changes them. */
async function lockDue(tx: Tx, messages: { triggerId: string; dueAt: string }[]): Promise<Due[]> {
  const dueAt = new Map(messages.map((message) => [`${message.triggerId} ${message.dueAt}`, message]))
  const reading = tx
    .select({ trigger: ofTrigger, template: ofTemplate })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(sql`${triggers.id} = any(${idList([...new Set(messages.map(({ triggerId }) => triggerId))])})`)
    .orderBy(asc(triggers.id))
    .for('update', { of: triggers })
  // Together, for one round trip.
  const [found, now] = await Promise.all([reading, databaseNow(tx)])
  return found.flatMap(({ trigger, template }) => {
    const { settings, nextDueAt, since } = trigger
    const isMeant = nextDueAt !== null && dueAt.has(`${trigger.id} ${nextDueAt.toISOString()}`)
    if (!areOn(trigger, template) || !isMeant || settings.type !== 'schedule') return []
    try {
      const decided = decide(settings, { dueAt: nextDueAt, now, since })
      return [{ trigger, template, settings, ...decided }]
    } catch (error) {
      // Settings that nobody could have saved must not keep the others from being fired.
      const reason = `When it is due cannot be told: ${error instanceof Error ? error.message : String(error)}.`
      const fate: Fate = { dueAt: nextDueAt, state: 'failed', reason, inTurn: false, isTold: true }
      return [{ trigger, template, settings, fates: [fate], next: null }]
    }
  })
}

async function fire(tx: Tx, ctx: Context, dues: Due[]): Promise<void> {
  const newId = idsFor(dues.reduce((sum, { fates }) => sum + fates.length, 0))
  const planned = await notFiredYet(
    tx,
    dues.flatMap((due) => due.fates.map((fate) => plan(due, fate, newId))),
  )
  const [checked, runs] = await Promise.all([checkAll(tx, planned), runsBefore(tx, planned)])
  await settleOverlaps(tx, ctx, planned, runs)
  const written = await writeFirings(tx, planned)
  const jobs = written.filter(({ state, job }) => state === 'fired' && job)
  const next = dues.flatMap(({ trigger, settings, next: at, notBefore }) => {
    if (!at) return []
    const [message, start] = messageOf(trigger.id, settings, at)
    return [{ message, at: notBefore ?? start }]
  })
  // Together, for one round trip; by now nothing but the database can refuse.
  await Promise.all([
    insertJobs(
      tx,
      ctx,
      jobs.map(({ job, waits }) => ({ ...checked.get(job!.id)!, waits })),
    ),
    next.length > 0 && ctx.queue.sendFirings(tx, next),
    moveOn(tx, dues, written),
    notify(tx, 'live', 'events'),
    written.some(isPinged) && notify(tx, 'work', 'pings'),
  ])
}

/**
 * Without the firings that have their row already: no run is cancelled for them, and none waits for them. Asked of schedules
 * that replace, and where several are due at once: of all others, writing the row says so.
 */
async function notFiredYet(tx: Tx, planned: Firing[]): Promise<Firing[]> {
  const asked = planned.filter(({ due }) => due.settings.overlap === 'replace' || due.fates.length > 1)
  if (asked.length === 0) return planned
  const rows = await tx.execute<{ key: string }>(sql`
    select f.trigger_id || ' ' || (extract(epoch from f.due_at) * 1000)::bigint as key from ${firings} as f
    join unnest(${idList(asked.map(({ due }) => due.trigger.id))},
      ${textList(asked.map(({ fate }) => fate.dueAt.toISOString()))}::timestamptz[]) as r(trigger, due)
      on f.trigger_id = r.trigger and f.due_at = r.due
    where f.state <> 'missed'`)
  const fired = new Set(rows.map(({ key }) => key))
  return planned.filter((firing) => !fired.has(keyOf(firing)))
}

function keyOf({ due, fate }: Firing): string {
  return `${due.trigger.id} ${fate.dueAt.getTime()}`
}

function isPinged({ due, fate }: Firing): boolean {
  return due.settings.pingUrl !== undefined && fate.isTold
}

function plan(due: Due, fate: Fate, newId: () => string): Firing {
  const { state, reason } = fate
  if (state !== 'fire') return { due, fate, state, reason, job: null, waits: false }
  try {
    const job = planRun(due.template, { id: newId(), trigger: 'schedule', at: fate.dueAt })
    return { due, fate, state: 'fired', reason, job, waits: false }
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    return { due, fate, state: 'failed', reason: error.message.toWellFormed(), job: null, waits: false }
  }
}

/** Those whose job cannot be made fail with the reason; the others' jobs, ready to be written. */
async function checkAll(tx: Tx, planned: Firing[]) {
  const withJob = planned.filter(({ job }) => job !== null)
  const checked = await checkJobs(
    tx,
    withJob.map(({ job }) => job!),
  )
  const ready = new Map<string, Exclude<(typeof checked)[number], { refused: string }>>()
  for (const [at, one] of checked.entries()) {
    const firing = withJob[at]!
    if ('refused' in one) Object.assign(firing, { state: 'failed', reason: one.refused, job: null })
    else ready.set(one.id, one)
  }
  return ready
}

function runsBefore(tx: Tx, planned: Firing[]): Promise<ActiveRun[]> {
  const making = planned.filter(({ state }) => state === 'fired')
  return activeRuns(tx, {
    triggerIds: [...new Set(making.map(({ due }) => due.trigger.id))],
    templateIds: [...new Set(making.map(({ due }) => due.template.id))],
  })
}

/** What the schedule says of a run before that has not ended: this one is skipped, waits for it, or takes its place. */
async function settleOverlaps(
  tx: Tx,
  ctx: Context,
  planned: Firing[],
  runs: readonly ActiveRun[],
): Promise<void> {
  const making = planned.filter(({ state }) => state === 'fired')
  const unfinished = new Map<string, { jobId: string; state: string }[]>()
  for (const run of runs) unfinished.set(run.triggerId, [...(unfinished.get(run.triggerId) ?? []), run])
  for (const firing of making) {
    const { due, fate } = firing
    const before = unfinished.get(due.trigger.id) ?? []
    const last = before.at(-1)
    const mine = { jobId: firing.job!.id, state: 'queued' }
    if (!last || fate.inTurn || due.settings.overlap === 'queue') {
      firing.waits = last !== undefined
      unfinished.set(due.trigger.id, [...before, mine])
    } else if (due.settings.overlap === 'replace') {
      firing.waits = await replaceRuns(
        tx,
        ctx,
        before.map(({ jobId }) => jobId),
      )
      unfinished.set(due.trigger.id, [mine])
    } else {
      const reason = `The run before has not ended: job ${last.jobId} is ${last.state}.`
      Object.assign(firing, { state: 'skipped', reason, job: null })
    }
  }
}

/**
 * Writes the fates; the key of schedule and time makes each once. One that the watchdog has found missing becomes what
 * it is now, if a job is made for it after all. Returns those that were written.
 */
async function writeFirings(tx: Tx, planned: Firing[]): Promise<Firing[]> {
  const of = <T>(value: (firing: Firing) => T) => planned.map(value)
  const rows = await tx.execute<{ key: string }>(sql`
    insert into ${firings} as f (trigger_id, due_at, template_id, state, reason, job_id, ping_at)
    select trigger, due, template, state, reason, job, case when ping then now() end from unnest(
      ${idList(of(({ due }) => due.trigger.id))},
      ${textList(of(({ fate }) => fate.dueAt.toISOString()))}::timestamptz[],
      ${idList(of(({ due }) => due.template.id))},
      ${wordList(of(({ state }) => state))},
      ${textList(of(({ reason }) => reason))},
      ${textList(of(({ job }) => job?.id ?? null))}::uuid[],
      ${wordList(of((firing) => String(isPinged(firing))))}::boolean[]
    ) as r(trigger, due, template, state, reason, job, ping)
    on conflict (trigger_id, due_at) do update
      set state = excluded.state, reason = excluded.reason, job_id = excluded.job_id, ping_at = excluded.ping_at,
        fired_at = now(), seen_at = null
      where f.state = 'missed' and excluded.state in ('fired', 'failed')
    returning trigger_id || ' ' || (extract(epoch from due_at) * 1000)::bigint as key`)
  const written = new Set(rows.map(({ key }) => key))
  return planned.filter((firing) => written.has(keyOf(firing)))
}

/** Says of each schedule which firing is the next, and what is wrong with it, where that has changed. */
async function moveOn(tx: Tx, dues: Due[], written: Firing[]): Promise<void> {
  const last = new Map(written.map((firing) => [firing.due.trigger.id, firing]))
  // Null: as it was; empty: none.
  const healths = dues.map(({ trigger }) => {
    const { state, reason } = last.get(trigger.id) ?? { state: 'skipped' }
    const failed = state === 'failed' ? `No job could be made: ${reason}` : null
    const isNews = failed !== (trigger.health?.state === 'fail' ? trigger.health.message : null)
    if (state === 'skipped' || !isNews) return null
    return failed ? JSON.stringify({ state: 'fail', message: failed, at: new Date() }) : ''
  })
  await tx.execute(sql`
    update ${triggers} set next_due_at = r.next,
      health = case when r.health is null then triggers.health when r.health <> '' then r.health::jsonb end
    from unnest(${idList(dues.map(({ trigger }) => trigger.id))},
      ${textList(dues.map(({ next }) => next?.toISOString() ?? null))}::timestamptz[],
      ${textList(healths)}) as r(id, next, health)
    where triggers.id = r.id`)
}
