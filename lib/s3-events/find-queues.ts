import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { holdTemplates } from '#lib/templates/lock-template.ts'
import type { S3TriggerSettings } from '#lib/triggers/schema.ts'
import { watchedPrefix } from './place-event.ts'

/** A trigger that is fed by a queue. */
export type QueueTrigger = {
  triggerId: string
  settings: S3TriggerSettings
  /** By name, each sealed for the trigger (lib/triggers/save-triggers.ts). */
  secrets: Record<string, string>
  /** "bucket/prefix" that its template takes from. */
  prefix: string
}

/**
 * The triggers of this agent that a queue feeds, those of templates that are off as well: what comes meanwhile is told
 * of in the ledger and not kept for later, as with a watch.
 */
export async function findQueueTriggers({ ctx }: { ctx: Context }): Promise<QueueTrigger[]> {
  requireAgent(ctx.actor)
  return read(ctx.db, ctx.actor.id)
}

/**
 * Those among them that one queue feeds, as they are from this moment to the end of the transaction: one that was saved
 * before a message was sent must not miss it because nobody has told the listener yet.
 */
export async function readFed(tx: Tx, source: { agentId: string; queue: string }): Promise<QueueTrigger[]> {
  const fed = async () => {
    const all = await read(tx, source.agentId)
    return all.filter(({ settings }) => queueOf(settings) === source.queue)
  }
  const some = await fed()
  await holdTemplates(
    tx,
    some.map(({ triggerId }) => triggerId),
  )
  const held = new Set(some.map(({ triggerId }) => triggerId))
  // What one of them takes from may have been changed until it was held.
  return (await fed()).filter(({ triggerId }) => held.has(triggerId))
}

async function read(db: Db | Tx, agentId: string): Promise<QueueTrigger[]> {
  const rows = await db
    .select({ trigger: triggers, sourcePath: templates.sourcePath, root: endpoints.path })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .innerJoin(endpoints, eq(endpoints.id, templates.sourceEndpointId))
    .where(
      and(
        eq(endpoints.agentId, agentId),
        // Written out as the index has it, or a plan for any parameter would not use it.
        sql`${triggers.type} = 's3'`,
        isNull(triggers.deletedAt),
        isNull(templates.deletedAt),
      ),
    )
    // In one order with whoever else writes for them.
    .orderBy(triggers.id)
  return rows.flatMap(({ trigger: { id, settings, secrets }, sourcePath, root }) =>
    settings.type === 's3'
      ? [{ triggerId: id, settings, secrets, prefix: watchedPrefix(root, sourcePath) }]
      : [],
  )
}

/**
 * What tells one queue from another. Amazon's URL says it all, by whatever endpoint it is reached; elsewhere two servers
 * may call their queues the same.
 */
export function queueOf({ queueUrl, endpointUrl }: S3TriggerSettings): string {
  const isAmazons = /(^|\.)amazonaws\.com(\.cn)?$/.test(URL.parse(queueUrl)?.hostname ?? '')
  return [
    queueUrl.replace(/\/+$/, ''),
    ...(isAmazons ? [] : [URL.parse(endpointUrl ?? '')?.host ?? '']),
  ].join(' ')
}
