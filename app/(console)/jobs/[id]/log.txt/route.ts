import { route } from '#app/_server/route.ts'
import { logText } from '#lib/jobs/log-lines.ts'
import { findJobRow } from '#lib/jobs/queries.ts'

/** The whole log to keep. It goes out as it is read, as fast as it is taken. */
export const GET = route(async ({ ctx, id }) => {
  await findJobRow(ctx.db, id)
  const text = logText({ ctx, id })
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await text.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await text.return(undefined)
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="job-${id}.log"`,
      'cache-control': 'no-store',
    },
  })
})
