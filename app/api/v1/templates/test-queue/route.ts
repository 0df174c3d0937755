import { json, route } from '#app/_server/route.ts'
import { testQueue } from '#lib/s3-events/test-queue.ts'

export const POST = route(async ({ ctx, body }) => json(await testQueue({ ctx, input: await body() })))
