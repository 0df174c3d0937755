import { json, route } from '#app/_server/route.ts'
import { runTemplate } from '#lib/templates/run-template.ts'

export const POST = route(async ({ ctx, id, request, body }) => {
  const empty = request.headers.get('content-length') === '0' || !request.headers.has('content-type')
  return json(await runTemplate({ ctx, id, input: empty ? {} : await body() }), 201)
})
