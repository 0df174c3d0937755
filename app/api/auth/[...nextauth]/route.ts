import { handlers } from '#app/_server/auth.ts'
import { passwordRefusal } from '#app/_server/password.ts'
import { answer } from '#app/_server/problem.ts'

export const { GET } = handlers

type AuthRequest = Parameters<typeof handlers.POST>[0]

/** next-auth answers each refusal with a redirect; a program that is to wait needs to be told how long. */
export async function POST(request: AuthRequest): Promise<Response> {
  const answered = await handlers.POST(request)
  const code = URL.parse(answered.headers.get('location') ?? '')?.searchParams.get('code')
  const { status, message, seconds } = passwordRefusal(code)
  if (seconds === undefined) return answered
  const refused = answer(status, status === 429 ? 'Too many requests' : 'Not available now', message, [])
  refused.headers.set('retry-after', String(seconds))
  return refused
}
