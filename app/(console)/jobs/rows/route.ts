import { json, route } from '#app/_server/route.ts'
import { findPlace } from '#lib/jobs/find-place.ts'
import { listJobRows } from '#lib/jobs/list-rows.ts'

/** Rows of the list beyond the page's own: after a cursor, or from a place that its bar was dragged to. */
export const GET = route(async ({ ctx, query }) => {
  const { head, offset, ...input } = query
  if (head === undefined || offset === undefined) return json(await listJobRows({ ctx, input }))
  const { limit, ...filters } = input
  const cursor = await findPlace({ ctx, input: { filters, head, offset: Number(offset) } })
  if (cursor === null) return json({ items: [], nextCursor: null })
  return json(await listJobRows({ ctx, input: { ...input, cursor } }))
})
