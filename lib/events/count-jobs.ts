import { and, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { events } from '#lib/db/schema/events.ts'
import type { templates } from '#lib/db/schema/templates.ts'
import { mostOf } from '#lib/templates/gather.ts'

/**
 * How many jobs these events would make, gathered as gatherEvents does it: a sync one, for all; else so many as the
 * template lets into one, and a file whose version before is on its way waits for another.
 */
export async function countJobs(
  tx: Tx,
  template: typeof templates.$inferSelect,
  given: readonly { path: string }[],
): Promise<number> {
  if (given.length === 0) return 0
  if (template.operation === 'sync') return 1
  const paths = [...new Set(given.map(({ path }) => path))]
  const taken = await tx
    .selectDistinct({ path: events.path })
    .from(events)
    .where(
      and(
        ...[eq(events.templateId, template.id), eq(events.state, 'pending'), isNotNull(events.jobId)],
        inArray(events.path, paths),
      ),
    )
  const most = mostOf(template.gather)
  let held = new Set(taken.map(({ path }) => path))
  let left = [...given]
  let jobs = 0
  while (left.length > 0) {
    const free = left.filter(({ path }) => !held.has(path)).slice(0, most)
    if (free.length === 0) held = new Set()
    else {
      const took = new Set(free)
      left = left.filter((one) => !took.has(one))
      for (const { path } of free) held.add(path)
      jobs += 1
    }
  }
  return jobs
}
