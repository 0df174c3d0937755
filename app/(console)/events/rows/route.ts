import { json, route } from '#app/_server/route.ts'
import { listEventRows } from '#lib/events/list-rows.ts'

/** Rows of the ledger beyond the page's own, and its newest again. */
export const GET = route(async ({ ctx, query }) => json(await listEventRows({ ctx, input: query })))
