import { and, desc, eq, ilike, lt, or, type SQL, sql } from 'drizzle-orm'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page } from '#lib/cursor.ts'
import { contains, literal } from '#lib/db/contains.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { isId, parseInput } from '#lib/parse.ts'
import { type AuditEntry, listAuditSchema } from './schema.ts'

/** Entries looked at for one page: some 30 ms. No index helps with a part of a name among a million. */
const LOOKED_AT = 20_000

/**
 * Who did what, newest first. With a filter a page may be short, even empty, before the end: it goes back a bounded
 * way, and `nextCursor` goes on from there. Owners.
 */
export async function listAudit({ ctx, input }: { ctx: Context; input: unknown }): Promise<Page<AuditEntry>> {
  requireRole(ctx.actor, 'owner')
  const { actor, action, q, cursor, limit } = parseInput(listAuditSchema, input)
  const after = cursor ? lt(auditEntries.id, decodeCursor(cursor, ['id'])[0]!) : undefined
  const lowest = actor || action || q ? await lookedAtTo(ctx, after) : undefined
  const rows = await ctx.db
    .select()
    .from(auditEntries)
    .where(
      and(
        after,
        lowest && sql`${auditEntries.id} >= ${lowest.id}`,
        actor ? or(eq(auditEntries.actorId, actor), contains(auditEntries.actorLabel, actor)) : undefined,
        action
          ? or(eq(auditEntries.action, action), ilike(auditEntries.action, `${literal(action)}.%`))
          : undefined,
        q ? subjectOrDetail(q) : undefined,
      ),
    )
    .orderBy(desc(auditEntries.id))
    .limit(limit + 1)
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : lowest
  return { items: shown.map(toEntry), nextCursor: last ? encodeCursor([last.id]) : null }
}

/** The entry at which a page's search ends; undefined when fewer are left. */
async function lookedAtTo(ctx: Context, after: SQL | undefined): Promise<{ id: string } | undefined> {
  const [lowest] = await ctx.db
    .select({ id: auditEntries.id })
    .from(auditEntries)
    .where(after)
    .orderBy(desc(auditEntries.id))
    .offset(LOOKED_AT - 1)
    .limit(1)
  return lowest
}

function subjectOrDetail(q: string): SQL | undefined {
  const subject = eq(auditEntries.subjectId, q.toLowerCase())
  return isId(q) ? subject : or(subject, contains(sql`${auditEntries.detail}::text`, q))
}

function toEntry(row: typeof auditEntries.$inferSelect): AuditEntry {
  const { id, at, actorType, actorId, actorLabel, action, subjectId, detail } = row
  const actor = { type: actorType as AuditEntry['actor']['type'], id: actorId, label: actorLabel }
  return { id, at: at.toISOString(), actor, action, subjectId, detail }
}
