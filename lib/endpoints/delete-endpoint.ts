import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { ConflictError } from '#lib/errors.ts'
import { newestJobIds } from '#lib/jobs/newest-jobs.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { findEndpointRow } from './queries.ts'

/** Deletes an endpoint that no unfinished job uses. Nothing in its storage is touched; its jobs keep its name. */
export async function deleteEndpoint({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  requireRole(ctx.actor, 'operator')
  await ctx.db.transaction(async (tx) => {
    const { endpoint } = await findEndpointRow(tx, id)
    const using = await tx.execute(newestJobIds({ states: activeStates, endpointIds: [id] }, 100))
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
