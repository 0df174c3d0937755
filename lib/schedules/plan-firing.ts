import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { databaseNow } from '#lib/db/now.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { areOn } from '#lib/triggers/is-on.ts'
import type { ScheduleSettings } from '#lib/triggers/schema.ts'
import { afterBlackouts, isBlackedOut } from './blackout.ts'
import { nextDue } from './next-firings.ts'

/**
 * Sends the message of a schedule's next firing from now on, deferred until then, in the caller's transaction; none
 * while its template is off. Its row says which firing that is: a message of another one is out of date and does
 * nothing. With `keep` a firing that is planned already stays: one that is due in this very moment is not passed over.
 */
export async function planFiring(
  tx: Tx,
  ctx: Pick<Context, 'queue'>,
  triggerId: string,
  { keep = false } = {},
): Promise<void> {
  const [found] = await tx
    .select({ trigger: triggers, template: templates })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(eq(triggers.id, triggerId))
    .for('update', { of: triggers })
  if (!found) return
  const { trigger, template } = found
  const { settings } = trigger
  const isOn = areOn(trigger, template)
  if (settings.type !== 'schedule' || (keep && isOn && trigger.nextDueAt)) return
  const next = isOn ? nextDue(settings, { after: await databaseNow(tx), since: trigger.since }) : null
  await tx
    .update(triggers)
    .set({ nextDueAt: next, checkedUntil: sql`now()` })
    .where(eq(triggers.id, triggerId))
  if (next) await ctx.queue.sendFiring(tx, ...messageOf(triggerId, settings, next))
}

/**
 * The message of a firing and from when on it may be taken: later than it is due, where it is to be scattered, and after
 * a blackout that it would start in. One that is due in a blackout itself starts nothing: it is taken to be skipped.
 */
export function messageOf(
  triggerId: string,
  settings: Pick<ScheduleSettings, 'jitterSeconds' | 'blackout' | 'timeZone'>,
  dueAt: Date,
): [{ triggerId: string; dueAt: string }, Date] {
  const message = { triggerId, dueAt: dueAt.toISOString() }
  const { jitterSeconds } = settings
  const late = jitterSeconds === 0 ? 0 : Math.floor(lotOf(triggerId, message.dueAt) * jitterSeconds * 1000)
  const start = new Date(dueAt.getTime() + late)
  return [message, isBlackedOut(settings, dueAt) ? start : afterBlackouts(settings, start)]
}

/** From 0 to 1; the same each time that a message is sent, so that sending it again does not put it off. */
function lotOf(triggerId: string, dueAt: string): number {
  return createHash('sha256').update(`${triggerId} ${dueAt}`).digest().readUInt32BE() / 2 ** 32
}
