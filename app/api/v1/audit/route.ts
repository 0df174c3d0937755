import { json, route } from '#app/_server/route.ts'
import { listAudit } from '#lib/audit/list-audit.ts'

export const GET = route(async ({ ctx, query }) => json(await listAudit({ ctx, input: query })))
