import { route } from '#app/_server/route.ts'
import { exportEvents } from '#lib/events/export-events.ts'

const types = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const

/** The ledger as one file, as far as the filters leave it; its bytes are made while they are taken. */
export const GET = route(async ({ ctx, query }) => {
  const pieces = await exportEvents({ ctx, input: query })
  const format = query.format === 'csv' ? 'csv' : 'json'
  const day = new Date().toISOString().slice(0, 10)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await pieces.return()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': types[format],
      'content-disposition': `attachment; filename="events-${day}.${format}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
})
