import { z } from 'zod'
import { UnavailableError } from '#lib/errors.ts'
import type { SecretSource } from '../secret-sources.ts'

type Variables = Record<string, string | undefined>

const WITHIN_MS = 5000
/** A token is used this long of its time, so that it does not end on the way. */
const USED_SHARE = 0.8

const loginSchema = z.object({ auth: z.object({ client_token: z.string(), lease_duration: z.number() }) })
const secretSchema = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()).nullable() }) })

/**
 * HashiCorp Vault, KV version 2: `<mount>/<path>#<key>`. VAULT_ADDR says where it is; it is signed in to by
 * VAULT_TOKEN, or as an AppRole by VAULT_ROLE_ID and VAULT_SECRET_ID.
 * https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
 */
export function vault(variables: Variables): SecretSource {
  let token: { text: string; until: number } | null = null

  async function signedIn(address: string): Promise<string> {
    if (variables.VAULT_TOKEN) return variables.VAULT_TOKEN
    if (token && performance.now() < token.until) return token.text
    const { VAULT_ROLE_ID: role_id, VAULT_SECRET_ID: secret_id } = variables
    if (!role_id || !secret_id) {
      throw new UnavailableError(
        'The agent cannot sign in to Vault: set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, where its worker is started.',
      )
    }
    const answer = await call(`${address}/v1/auth/approle/login`, {
      method: 'POST',
      body: JSON.stringify({ role_id, secret_id }),
    })
    if (answer.status !== 200) {
      throw new UnavailableError(`Vault did not take the agent’s AppRole (${answer.status}).`)
    }
    const { auth } = loginSchema.parse(await answer.json())
    token = { text: auth.client_token, until: performance.now() + auth.lease_duration * 1000 * USED_SHARE }
    return token.text
  }

  async function read(address: string, path: string): Promise<Response> {
    const [mount = '', ...rest] = path.split('/').map(encodeURIComponent)
    return call(`${address}/v1/${mount}/data/${rest.join('/')}`, {
      headers: { 'x-vault-token': await signedIn(address) },
    })
  }

  async function call(url: string, init: RequestInit): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string>),
      'x-vault-request': 'true',
      ...(variables.VAULT_NAMESPACE && { 'x-vault-namespace': variables.VAULT_NAMESPACE }),
    }
    try {
      // A redirect would carry the token elsewhere.
      const signal = AbortSignal.timeout(WITHIN_MS)
      return await fetch(url, { ...init, headers, redirect: 'error', signal })
    } catch (error) {
      const cause = (error as Error).cause as { code?: string } | undefined
      throw new UnavailableError(`Vault does not answer at VAULT_ADDR (${cause?.code ?? 'no answer'}).`)
    }
  }

  return async (name) => {
    const at = name.lastIndexOf('#')
    const [path, key] = [name.slice(0, at), name.slice(at + 1)]
    const address = addressOf(variables)
    let answer = await read(address, path)
    if (answer.status === 403 && token) {
      // It may have been revoked before its time.
      token = null
      answer = await read(address, path)
    }
    if (answer.status === 404)
      throw new UnavailableError(`Vault has no ${path}, or its newest version is deleted.`)
    if (answer.status === 403) {
      throw new UnavailableError(`Vault does not let the agent read ${path}: look at its policy.`)
    }
    if (answer.status !== 200) throw new UnavailableError(`Vault answered ${answer.status} for ${path}.`)
    const parsed = secretSchema.safeParse(await answer.json().catch(() => null))
    if (!parsed.success) {
      throw new UnavailableError(`Vault’s ${path} is not of a KV version 2 engine.`)
    }
    const found = parsed.data.data.data?.[key]
    if (typeof found === 'string' || typeof found === 'number') return String(found)
    throw new UnavailableError(`Vault’s ${path} has no "${key}".`)
  }
}

/** Over plain HTTP only to this machine itself, where Vault's own agent may listen. */
function addressOf({ VAULT_ADDR: text }: Variables): string {
  const url = URL.parse(text ?? '')
  if (!url) throw new UnavailableError('VAULT_ADDR is not set where the worker is started.')
  const isOwn = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isOwn)) return url.href.replace(/\/+$/, '')
  throw new UnavailableError('VAULT_ADDR must be https: a token goes there.')
}
