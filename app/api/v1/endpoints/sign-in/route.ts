import { json, route } from '#app/_server/route.ts'
import { signIn } from '#lib/endpoints/sign-in.ts'

export const POST = route(async ({ ctx, body }) => json(await signIn({ ctx, input: await body() })))
