import { json, route } from '#app/_server/route.ts'
import { showExamples } from '#lib/templates/show-examples.ts'

/** For the form as it is typed. A route and no action: a storage may take its time, and actions wait for each other. */
export const POST = route(async ({ ctx, body }) => json(await showExamples({ ctx, input: await body() })))
