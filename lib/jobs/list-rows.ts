import { type Context, requireRole } from '#lib/context.ts'
import type { Page } from '#lib/cursor.ts'
import { type JobView, listJobViews } from './queries.ts'
import { type SameTransfer, sameTransfers } from './same-transfer.ts'

/** A job as a row of the list shows it. */
export type JobListRow = { view: JobView; same: SameTransfer }

/** Jobs, newest first, each with how other runs of its transfer went. The input is that of `listJobs`. */
export async function listJobRows({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<Page<JobListRow>> {
  requireRole(ctx.actor, 'viewer')
  const page = await listJobViews({ ctx, input })
  const found = await sameTransfers({ ctx, ids: page.items.map(({ job }) => job.id) })
  return {
    items: page.items.map((view) => ({
      view,
      same: found.get(view.job.id) ?? { last: null, success: null },
    })),
    nextCursor: page.nextCursor,
  }
}
