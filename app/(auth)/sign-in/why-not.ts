import { readRefusal } from '#app/_server/let-in.ts'
import { passwordRefusal } from '#app/_server/password.ts'
import { services } from '#app/_server/services.ts'
import type { Refusal } from '#lib/users/identity.ts'

type WhyNot = { title: string; body?: string }

const NOT_SET_UP: WhyNot = {
  title: 'File Orbit has no owner yet.',
  body: 'The set-up link makes the first one: it was printed where File Orbit was started, and each start prints a new one. Nobody else can sign in before, by no service either.',
}

/** What to say on the sign-in page to somebody who was sent back to it; null where there is nothing. */
export async function whyNot(
  query: Record<string, string | undefined>,
  isSetUp: boolean,
): Promise<WhyNot | null> {
  if (!isSetUp) return NOT_SET_UP
  const refusal = await readRefusal(query.refused)
  if (refusal) return sentences(refusal)[refusal.why]
  if (query.refused !== undefined) return { title: 'You were not let in. Try again to see why.' }
  switch (query.error) {
    case undefined:
      return null
    case 'CredentialsSignin':
      return { title: passwordRefusal(query.code).message }
    case 'OAuthCallbackError':
      return { title: 'You were not signed in.', body: 'The service did not confirm it. Try again.' }
    case 'MissingCSRF':
      return { title: 'This page was open for too long. Try again.' }
    default:
      return {
        title: 'Signing in did not work.',
        body: 'It took too long, was begun in another window, or the service did not answer as it should. Try again; the log of the web process says more.',
      }
  }
}

function sentences({ email, provider }: { email: string | null; provider: string }): Record<Refusal, WhyNot> {
  const name = services.find(({ id }) => id === provider)?.name ?? provider
  return {
    uninvited: {
      title: `${email} is not invited.`,
      body: `Ask an owner of this File Orbit to invite that address, then sign in with ${name} again. Or choose another account there.`,
    },
    unverified: email
      ? {
          title: `${name} does not vouch for ${email}.`,
          body: 'Confirm the address there, then sign in again. Until then it could be anybody’s.',
        }
      : {
          title: `${name} told no confirmed e-mail address.`,
          body: 'Add one to your account there and confirm it, then sign in again.',
        },
    disabled: {
      title: `${email ?? 'Your account'} is disabled here.`,
      body: 'Ask an owner of this File Orbit to enable it.',
    },
    other_account: {
      title: `${email} signs in with another account of ${name}.`,
      body: 'Sign in with that one, or by another way, and unlink it on your account page first.',
    },
    not_set_up: NOT_SET_UP,
  }
}
