import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { ConflictError } from '#lib/errors.ts'
import { findEndpointRow } from './queries.ts'

/** Deletes an endpoint that no unfinished job uses. Nothing in its storage is touched; its jobs keep its name. */
export async function deleteEndpoint({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  requireRole(ctx.actor, 'operator')
  await ctx.db.transaction(async (tx) => {
    const { endpoint } = await findEndpointRow(tx, id)
    const using = await tx
      .select({ id: jobs.id })
      .from(jobs)
      .where(
        and(isNull(jobs.finishedAt), or(eq(jobs.sourceEndpointId, id), eq(jobs.destinationEndpointId, id))),
      )
      .limit(100)
    if (using.length > 0) {
      const many =
        using.length === 1
          ? 'A job that has not ended uses it'
          : `${using.length} jobs that have not ended use it`
      throw new ConflictError(`${many}. Cancel or wait for them, then delete the endpoint.`)
    }
    await tx
      .update(endpoints)
      .set({ deletedAt: sql`now()`, updatedAt: sql`now()` })
      .where(eq(endpoints.id, id))
    await recordAudit(tx, ctx.actor, {
      action: 'endpoint.delete',
      subjectId: id,
      detail: { name: endpoint.name },
    })
  })
}
