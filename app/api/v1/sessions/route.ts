import { currentSession } from '#app/_server/auth.ts'
import { json, route } from '#app/_server/route.ts'
import { listSessions } from '#lib/users/list-sessions.ts'

export const GET = route(async ({ ctx, query }) =>
  json(await listSessions({ ctx, input: query, sessionId: (await currentSession())?.id ?? null })),
)
