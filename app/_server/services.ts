import type { Account, Profile } from 'next-auth'
import { customFetch } from 'next-auth'
import type { OIDCConfig, Provider as ServiceConfig } from 'next-auth/providers'
import GitHub from 'next-auth/providers/github'
import Google from 'next-auth/providers/google'
import { readEnv } from '#lib/env.ts'
import type { Provider } from '#lib/users/identity.ts'

// The services that people may sign in with, by the settings.

const { oauth } = readEnv()

export type Service = { id: Provider; name: string }

export const services: Service[] = [
  ...(oauth.github ? [{ id: 'github', name: 'GitHub' } as const] : []),
  ...(oauth.google ? [{ id: 'google', name: 'Google' } as const] : []),
  ...(oauth.oidc ? [{ id: 'oidc', name: oauth.oidc.name } as const] : []),
]

export const signup = oauth.signup

/** Longer than a service takes that works; one that hangs must not hold our answer. */
const ANSWER_WITHIN_MS = 10_000

/** No redirect is followed: it would carry a secret elsewhere. */
const bounded: typeof fetch = (address, init) =>
  fetch(address, { ...init, redirect: 'error', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })

/** What next-auth is to speak with. Each with PKCE and state; with a nonce where there is an ID token. */
export function serviceConfigs(): ServiceConfig[] {
  const { github, google, oidc } = oauth
  // Whoever was refused with one account there wants to choose another.
  const choose = { params: { prompt: 'select_account' } }
  const each: (ServiceConfig | undefined)[] = [
    github &&
      GitHub({
        clientId: github.id,
        clientSecret: github.secret,
        checks: ['pkce', 'state'],
        authorization: choose,
        userinfo: { request: ({ tokens }: { tokens: { access_token?: string } }) => readGithub(tokens) },
        [customFetch]: bounded,
      }),
    google &&
      Google({
        clientId: google.id,
        clientSecret: google.secret,
        checks: ['pkce', 'state', 'nonce'],
        authorization: choose,
        [customFetch]: bounded,
      }),
    oidc &&
      ({
        id: 'oidc',
        name: oidc.name,
        type: 'oidc',
        issuer: oidc.issuer,
        clientId: oidc.id,
        clientSecret: oidc.secret,
        checks: ['pkce', 'state', 'nonce'],
        // Many put the address into the userinfo alone (OpenID Connect Core 5.4).
        idToken: false,
        [customFetch]: bounded,
      } satisfies OIDCConfig<Profile>),
  ]
  return each.filter((config) => config !== undefined)
}

/** What the verbs take, of what the service said. Nothing of it is believed yet beyond who said it. */
export function identityOf({ provider, id_token }: Account, profile: Profile = {}): object {
  // The ID token's own claims come from the same hand; oauth4webapi has checked it against the userinfo.
  const inToken = provider === 'oidc' && id_token ? claimsOf(id_token) : profile
  const claims = inToken.email === undefined ? profile : inToken
  return {
    provider,
    subject: provider === 'github' ? profile.id : profile.sub,
    email: claims.email,
    emailVerified: claims.email_verified,
  }
}

/** Of a token that was checked. */
function claimsOf(idToken: string): Profile {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as Profile
}

/**
 * The person with the one address that GitHub vouches for: the primary one, verified. The address of the public
 * profile is only shown there. https://docs.github.com/en/rest/users/emails
 */
async function readGithub({ access_token }: { access_token?: string }): Promise<Profile> {
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await bounded(`https://api.github.com${path}`, {
      headers: {
        authorization: `Bearer ${access_token}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'file-orbit',
      },
    })
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status} to ${path}`)
    return (await answer.json()) as T
  }
  const [person, emails] = await Promise.all([
    ask<{ id: number; login: string }>('/user'),
    ask<{ email: string; primary: boolean; verified: boolean }[]>('/user/emails'),
  ])
  if (!Number.isSafeInteger(person.id)) throw new Error('GitHub told no id')
  const primary = emails.find((one) => one.primary)
  return {
    id: String(person.id),
    login: person.login,
    ...(primary && { email: primary.email, email_verified: primary.verified }),
  }
}
