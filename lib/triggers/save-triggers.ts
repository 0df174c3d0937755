import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { InvalidError } from '#lib/errors.ts'
import { notify } from '#lib/live/channel.ts'
import { whyNotKept } from '#lib/s3-events/queue-address.ts'
import { planFiring } from '#lib/schedules/plan-firing.ts'
import type { SecretPlace } from '#lib/secrets/seal.ts'
import type { S3TriggerSettings, TriggerSettings } from './schema.ts'

/** The settings of a queue that are kept sealed. */
const SECRETS = new Set(['secretAccessKey', 'sessionToken'])
const NAMES = new Set(['accessKeyId', ...SECRETS])

/** Where a secret of a trigger is kept; the agent opens it by the same words. */
export function triggerSecret(row: string, name: string): SecretPlace {
  return { table: 'triggers', row, field: name }
}

export type GivenTrigger = TriggerSettings & { id?: string }

/**
 * Makes the triggers of a template what was given, in the caller's transaction: one with an id stays the trigger it is,
 * with its memory of what happened; others are new; what is not given is gone.
 */
export async function saveTriggers(
  tx: Tx,
  ctx: Pick<Context, 'queue' | 'seal'>,
  templateId: string,
  given: readonly GivenTrigger[],
): Promise<void> {
  const before = await tx
    .select()
    .from(triggers)
    .where(and(eq(triggers.templateId, templateId), isNull(triggers.deletedAt)))
    // In one order with whoever fires them.
    .orderBy(asc(triggers.id))
    .for('update')
  const staying = given.flatMap(({ id }) => (id ? [id] : []))
  const gone = before.filter(({ id }) => !staying.includes(id)).map(({ id }) => id)
  if (gone.length > 0) {
    await tx
      .update(triggers)
      .set({ deletedAt: sql`now()`, nextDueAt: null, secrets: {} })
      .where(inArray(triggers.id, gone))
  }
  for (const [at, { id: known, ...settings }] of given.entries()) {
    const old = known === undefined ? undefined : before.find((row) => row.id === known)
    if (known !== undefined && (!old || old.type !== settings.type)) {
      throw InvalidError.at(`triggers.${at}.id`, 'This template has no such trigger of that type.')
    }
    const id = old?.id ?? v7()
    const texts = settings.type === 's3' ? settings.settings : {}
    const { open, secrets } = await sealTrigger(ctx, id, texts, old?.secrets ?? {})
    const half = whyHalfAKey(open, secrets)
    if (half) throw InvalidError.at(`triggers.${at}.settings.${half.name}`, half.message)
    if (settings.type === 's3' && old?.settings.type === 's3') {
      const unkept = whyNotKept({ ...old.settings, secrets: old.secrets }, { ...settings, secrets })
      if (unkept) throw InvalidError.at(`triggers.${at}.settings.secretAccessKey`, unkept)
    }
    const kept = settings.type === 's3' ? { ...settings, settings: open } : settings
    const row = { settings: kept, secrets }
    if (old) await tx.update(triggers).set(row).where(eq(triggers.id, id))
    else await tx.insert(triggers).values({ id, templateId, type: settings.type, ...row })
    if (settings.type === 'schedule') {
      await planFiring(tx, ctx, id, { keep: old !== undefined && isSameTime(old.settings, settings) })
    }
  }
  await notify(tx, 'work', 'triggers')
}

/** One half of a key opens no queue: a template that is copied has lost what is sealed for the first one's trigger. */
function whyHalfAKey(open: Record<string, string>, secrets: Record<string, string>) {
  const isSecretThere = secrets.secretAccessKey !== undefined
  if (open.accessKeyId && !isSecretThere) {
    return {
      name: 'secretAccessKey',
      message: 'The secret key that belongs to the access key; it is not kept yet.',
    }
  }
  if (!open.accessKeyId && (isSecretThere || secrets.sessionToken !== undefined)) {
    return { name: 'accessKeyId', message: 'The access key that belongs to the secret key.' }
  }
  return null
}

/** Whether two schedules are due at the same times: what else changes is no reason to plan anew. */
function isSameTime(a: TriggerSettings, b: TriggerSettings): boolean {
  if (a.type !== 'schedule' || b.type !== 'schedule') return false
  return (['cron', 'everySeconds', 'timeZone', 'pausedUntil'] as const).every((name) => a[name] === b[name])
}

/** Secrets given are sealed, those read back and sent again stay, the rest are settings as they are. */
export async function sealTrigger(
  ctx: Pick<Context, 'seal'>,
  row: string,
  settings: S3TriggerSettings['settings'],
  before: Record<string, string>,
): Promise<{ open: Record<string, string>; secrets: Record<string, string> }> {
  const open: Record<string, string> = {}
  const secrets: Record<string, string> = {}
  for (const [name, value] of Object.entries(settings)) {
    if (!NAMES.has(name)) {
      throw InvalidError.at(`settings.${name}`, `A queue takes ${[...NAMES].join(', ')}.`)
    }
    if (!SECRETS.has(name)) open[name] = typeof value === 'string' ? value : ''
    else if (typeof value !== 'string') Object.assign(secrets, before[name] && { [name]: before[name] })
    else if (value !== '') secrets[name] = await ctx.seal(triggerSecret(row, name), value)
  }
  return { open, secrets }
}
