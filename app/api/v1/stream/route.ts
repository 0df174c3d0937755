import { z } from 'zod'
import { findActor, route } from '#app/_server/route.ts'
import { web } from '#app/_server/web.ts'
import { requireRole } from '#lib/context.ts'
import { DomainError } from '#lib/errors.ts'
import { findJobRow } from '#lib/jobs/queries.ts'
import { parseInput } from '#lib/parse.ts'

export const dynamic = 'force-dynamic'

const querySchema = z.strictObject({ jobId: z.uuid({ error: 'The id of a job.' }).optional() })

export const GET = route(async ({ ctx, request, query }) => {
  requireRole(ctx.actor, 'viewer')
  const { jobId } = parseInput(querySchema, query)
  if (jobId) await findJobRow(ctx.db, jobId)
  const stream = await web().streams.open({
    jobId: jobId ?? null,
    lastEventId: request.headers.get('last-event-id'),
    signal: request.signal,
    stillAllowed: () =>
      findActor(request).then(
        () => true,
        // Only a sign-in that has ended ends its streams, not a database that is away.
        (error: unknown) => !(error instanceof DomainError) || error.kind === 'unavailable',
      ),
  })
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream',
      // no-transform: Next would gzip the stream, at twice the delay and memory.
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  })
})
