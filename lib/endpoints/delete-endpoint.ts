import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { ConflictError } from '#lib/errors.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { endpointsOver, jobsUsing, templatesUsing } from './health.ts'
import { findEndpointRow } from './queries.ts'

/** Of the jobs in the way. */
const NAMED = 3

/** Deletes an endpoint that no unfinished job, no other endpoint and no template uses. Nothing in its storage is touched; its jobs keep its name. */
export async function deleteEndpoint({ ctx, id }: { ctx: Context; id: string }): Promise<void> {
  requireRole(ctx.actor, 'operator')
  await ctx.db.transaction(async (tx) => {
    // Whoever makes a job meanwhile has locked it to look at it (lib/jobs/insert-job.ts): one of both sees the other.
    await tx.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.id, id)).for('update')
    const { endpoint } = await findEndpointRow(tx, id)
    const using = await jobsUsing(tx, id, activeStates)
    if (using.length > 0) {
      const named = using.slice(0, NAMED).map((job) => {
        return `${job.operation} ${job.source} → ${job.destination} (${job.id})`
      })
      const more = using.length > NAMED ? ', and more' : ''
      const many = using.length === 1 ? 'A job that has not ended uses it' : 'Jobs that have not ended use it'
      throw new ConflictError(
        `${many}: ${named.join(', ')}${more}. Cancel or wait, then delete the endpoint.`,
      )
    }
    const over = await endpointsOver(tx, id)
    if (over.length > 0) {
      const names = over.map(({ name }) => `“${name}”`).join(', ')
      throw new ConflictError(
        `It lies under ${names}. Delete or change that first, then delete the endpoint.`,
      )
    }
    const saved = await templatesUsing(tx, id)
    if (saved.length > 0) {
      const names = saved.map(({ name }) => `“${name}”`).join(', ')
      const many = saved.length === 1 ? `The template ${names} uses it` : `The templates ${names} use it`
      throw new ConflictError(`${many}. Delete or change that first, then delete the endpoint.`)
    }
    await tx
      .update(endpoints)
      // Nobody opens them any more; what is not there cannot leak.
      .set({ deletedAt: sql`now()`, updatedAt: sql`now()`, secrets: {} })
      .where(eq(endpoints.id, id))
    await recordAudit(tx, ctx.actor, {
      action: 'endpoint.delete',
      subjectId: id,
      detail: { name: endpoint.name },
    })
  })
}
