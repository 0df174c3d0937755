import { createHash } from 'node:crypto'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { eventKeys, events } from '#lib/db/schema/events.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { notify, notifyPending } from '#lib/live/channel.ts'
import { mostOf, windowOf } from '#lib/templates/gather.ts'
import { holdTemplates } from '#lib/templates/lock-template.ts'
import { matcher } from '#lib/templates/pattern.ts'
import type { EventKind } from './states.ts'

/** What a watch or a queue tells of. */
export type Happening = {
  kind: EventKind
  /** Relative to the source path of the template. */
  path: string
  size: number | null
  occurredAt: Date
  /** What tells it from its repetition, within its trigger. */
  key: string
  /** `noFile` says why it names no file, so that it is never replayed. */
  detail?: Record<string, string>
  /** Known to be of no use already: why. */
  ignored?: string
  /** Nothing can be made of it: why. */
  dead?: string
}

export type Recorded = {
  /** New ones among them; the others had been told before. */
  recorded: number
  pending: number
}

/**
 * Writes events with what tells them apart, before anyone acts on them: of a repetition nothing is written. In one
 * transaction; whoever told of them may forget them when it has returned.
 */
export async function recordEvents({
  ctx,
  triggerId,
  happenings,
}: {
  ctx: Context
  triggerId: string
  happenings: Happening[]
}): Promise<Recorded> {
  requireAgent(ctx.actor)
  return ctx.db.transaction((tx) => recordIn(tx, triggerId, happenings))
}

/** The same in a transaction of the caller's, who writes there as well what it has told of. */
export async function recordIn(tx: Tx, triggerId: string, happenings: Happening[]): Promise<Recorded> {
  if (happenings.length === 0) return { recorded: 0, pending: 0 }
  await holdTemplates(tx, [triggerId])
  const [found] = await tx
    .select({ template: templates, trigger: triggers })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(and(eq(triggers.id, triggerId), isNull(triggers.deletedAt)))
  if (!found) return { recorded: 0, pending: 0 }
  const { template, trigger } = found
  const source = trigger.type === 's3' ? ('s3' as const) : ('watch' as const)
  const wanted = matcher(template.pattern)
  const kinds: readonly EventKind[] = 'kinds' in trigger.settings ? trigger.settings.kinds : []
  const fresh = await onlyNew(tx, triggerId, happenings)
  const rows = fresh.map(({ id, happening }) => {
    const { kind, path, size, occurredAt, detail = {} } = happening
    const fate = fateOf(happening, { template, isWanted: wanted(path), isKind: kinds.includes(kind) })
    return { id, kind, path, size, at: occurredAt, detail, ...fate }
  })
  // As one parameter: a statement with one for each value is another statement for each number of rows.
  if (rows.length > 0) {
    await tx.execute(sql`
      insert into ${events} (id, template_id, trigger_id, source, kind, path, size, state, reason, occurred_at,
        received_at, waiting_since, settled_at, detail)
      select id, ${template.id}::uuid, ${triggerId}::uuid, ${source}, kind, path, size, state, reason, at,
        -- Not when the transaction began: its template may take from here only since after that.
        clock.now, clock.now, case when state <> 'pending' then clock.now end, detail
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given(id uuid, kind text, path text, size bigint,
        state text, reason text, at timestamptz, detail jsonb), (select clock_timestamp() as now) as clock`)
  }
  const pending = rows.filter(({ state }) => state === 'pending').length
  if (pending > 0) {
    // What fills a job by itself waits for nothing.
    const windowMs = pending < mostOf(template.gather) ? windowOf(template.gather) : 0
    await notifyPending(tx, template.id, windowMs)
  }
  if (rows.length > 0) await notify(tx, 'live', 'events')
  return { recorded: rows.length, pending }
}

/** Those whose key is new; of two with one key among them the first. */
async function onlyNew(tx: Tx, triggerId: string, happenings: Happening[]) {
  const byHash = new Map<string, { id: string; happening: Happening }>()
  for (const happening of happenings) {
    const hash = hashOf(happening.key)
    if (!byHash.has(hash)) byHash.set(hash, { id: v7(), happening })
  }
  // Sorted: two that write the same keys at once wait for each other in one order.
  const keys = [...byHash].sort(([a], [b]) => (a < b ? -1 : 1))
  const inserted = await tx.execute<{ eventId: string }>(sql`
    insert into ${eventKeys} (trigger_id, key_hash, event_id)
    select ${triggerId}::uuid, hash, id
    from jsonb_to_recordset(${JSON.stringify(keys.map(([hash, { id }]) => ({ hash, id })))}::jsonb) as given(hash uuid, id uuid)
    on conflict do nothing
    returning event_id as "eventId"`)
  const ids = new Set(inserted.map(({ eventId }) => eventId))
  return [...byHash.values()].filter(({ id }) => ids.has(id))
}

/** As a UUID, which an index holds in 16 bytes. No secret rests on it. */
function hashOf(key: string): string {
  const hex = createHash('md5').update(key).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function fateOf(
  { kind, ignored, dead }: Happening,
  on: { template: typeof templates.$inferSelect; isWanted: boolean; isKind: boolean },
): { state: 'ignored' | 'dead' | 'pending'; reason: string | null } {
  if (dead) return { state: 'dead', reason: dead }
  if (ignored) return { state: 'ignored', reason: ignored }
  if (on.template.deletedAt) return { state: 'ignored', reason: 'The template was deleted.' }
  if (!on.template.enabled) return { state: 'ignored', reason: 'The template was off.' }
  if (!on.isKind) return { state: 'ignored', reason: `The trigger does not ask for ${kind} files.` }
  if (!on.isWanted) return { state: 'ignored', reason: `Its name does not match ${on.template.pattern}.` }
  if (kind === 'removed' && on.template.operation !== 'sync') {
    return { state: 'ignored', reason: `A ${on.template.operation} does nothing about a file that is gone.` }
  }
  return { state: 'pending', reason: null }
}
