import { json, route } from '#app/_server/route.ts'
import { importEndpoints } from '#lib/rclone-conf/import-endpoints.ts'

export const POST = route(async ({ ctx, body }) => {
  const done = await importEndpoints({ ctx, input: await body() })
  return json(done, done.endpoints.length > 0 ? 201 : 200)
})
