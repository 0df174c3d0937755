import { sql } from 'drizzle-orm'
import { FOUND_BEFORE, foundByListing } from '#lib/bucket-listings/found-by-listing.ts'
import type { Tx } from '#lib/db/client.ts'
import { objectHeads } from '#lib/db/schema/events.ts'
import { type Happening, recordIn } from '#lib/events/record-events.ts'
import { readFed } from './find-queues.ts'
import { parseMessage, type S3Event } from './parse-message.ts'
import { placeEvent, shown } from './place-event.ts'

export type QueueMessage = { id: string; body: string; unreadable?: string }

export type RecordedMessages = {
  /** The bucket of the last test event among them; "" where it was not named. */
  test: string | null
}

/** No trigger is fed by the queue any more: what lies in it is not for us to take. */
export class QueueOverError extends Error {}

/** Of a body that nobody can read; SQS takes up to 1 MiB. */
const EXCERPT = 1000

/**
 * Writes what messages tell of into the ledger, once under each of the triggers that their queue feeds, in the caller's
 * transaction: when it is committed they may be deleted from the queue. Throws QueueOverError.
 */
export async function recordMessages(
  tx: Tx,
  source: { agentId: string; queue: string },
  messages: readonly QueueMessage[],
): Promise<RecordedMessages> {
  const triggers = await readFed(tx, source)
  if (triggers.length === 0) throw new QueueOverError('No trigger is fed by this queue.')
  const events: S3Event[] = []
  const dead: Happening[] = []
  let test: string | null = null
  for (const message of messages) {
    const parsed = message.unreadable
      ? ({ type: 'unreadable', why: message.unreadable } as const)
      : parseMessage(message.body)
    if (parsed.type === 'test') test = shown(parsed.bucket ?? '')
    else if (parsed.type === 'unreadable') dead.push(unreadable(message, 0, parsed.why))
    else {
      for (const [at, event] of parsed.events.entries()) {
        if (typeof event === 'string') dead.push(unreadable(message, at, event))
        else events.push(event)
      }
    }
  }
  for (const { triggerId, prefix } of triggers) {
    const placed = events.map((event) => ({ event, happening: placeEvent(event, prefix) }))
    const own = placed.filter(({ happening }) => happening.ignored === undefined)
    const heads = await moveHeads(
      tx,
      triggerId,
      own.map(({ event }) => event),
    )
    for (const { event, happening } of own) {
      if (happening.dead || !isOvertaken(event, heads)) continue
      happening.ignored = 'A later event of the same object came before it.'
    }
    const made = own.map(({ happening }) => happening).filter(isCreation)
    const found = await foundByListing(tx, triggerId, made)
    for (const [at, happening] of made.entries()) if (found[at]) happening.ignored = FOUND_BEFORE
    await recordIn(tx, triggerId, [...placed.map(({ happening }) => happening), ...dead])
  }
  return { test }
}

function isCreation({ kind, dead, ignored }: Happening): boolean {
  return kind === 'created' && dead === undefined && ignored === undefined
}

/** The list of such is the ledger's, state dead: the message itself is deleted, or it would come for ever. */
function unreadable({ id, body }: QueueMessage, at: number, why: string): Happening {
  return {
    ...{ kind: 'changed', path: `unreadable message ${shown(id)}`, size: null, occurredAt: new Date() },
    ...{ key: JSON.stringify(['message', id, at]), dead: shown(why) },
    detail: {
      messageId: shown(id),
      body: shown(body.slice(0, EXCERPT)),
      noFile: 'Its message could not be read.',
    },
  }
}

/** What an event says something of: an object, or one of its versions alone. */
function scopeOf({ bucket, key, versionId, isOfOneVersion }: S3Event): string {
  return JSON.stringify(isOfOneVersion ? [bucket, key, versionId] : [bucket, key])
}

/** What an event could have been overtaken by. */
function scopesOver({ bucket, key, versionId }: S3Event): string[] {
  return [[bucket, key], ...(versionId === '' ? [] : [[bucket, key, versionId]])].map((one) =>
    shown(JSON.stringify(one)),
  )
}

function isOvertaken(event: S3Event, heads: ReadonlyMap<string, string>): boolean {
  return (
    event.sequencer !== '' && scopesOver(event).some((scope) => event.sequencer < (heads.get(scope) ?? ''))
  )
}

/** Remembers the last sequencer of each object, and answers those that are known now. */
async function moveHeads(tx: Tx, triggerId: string, events: S3Event[]): Promise<Map<string, string>> {
  const moved = new Map<string, string>()
  const asked = new Set<string>()
  for (const event of events) {
    if (event.sequencer === '') continue
    const scope = shown(scopeOf(event))
    if ((moved.get(scope) ?? '') < event.sequencer) moved.set(scope, event.sequencer)
    for (const over of scopesOver(event)) asked.add(over)
  }
  if (asked.size === 0) return new Map()
  // Sorted: two that write the same wait for each other in one order.
  const given = [...moved].sort(([a], [b]) => (a < b ? -1 : 1)).map(([scope, last]) => ({ scope, last }))
  await tx.execute(sql`
    insert into ${objectHeads} as head (trigger_id, scope_hash, sequencer)
    select ${triggerId}::uuid, md5(scope)::uuid, last
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given(scope text, last text)
    on conflict (trigger_id, scope_hash) do update set sequencer = excluded.sequencer, at = now()
      where head.sequencer collate "C" < excluded.sequencer collate "C"`)
  const rows = await tx.execute<{ scope: string; sequencer: string }>(sql`
    select scope, sequencer from jsonb_array_elements_text(${JSON.stringify([...asked])}::jsonb) as scope
    join ${objectHeads} on trigger_id = ${triggerId}::uuid and scope_hash = md5(scope)::uuid`)
  return new Map(rows.map(({ scope, sequencer }) => [scope, sequencer]))
}
