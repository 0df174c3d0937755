import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { keyClient } from '#tests/support/api.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

const { ctx, database } = await openStage(afterAll)
const tools = 'https://tools.example.org'
const web = await startWeb(database.url, afterAll, { FILE_ORBIT_CORS_ORIGINS: tools })
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)

describe('a page', () => {
  test('lets only scripts run that carry its nonce, another one each time', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const answer = await fetch(`${web.url}/sign-in`, {
          headers: { 'x-nonce': 'mine', accept: 'text/html' },
        })
        const policy = answer.headers.get('content-security-policy') ?? ''
        const nonce = /script-src 'self' 'nonce-([^']{20,})' 'strict-dynamic'/.exec(policy)?.[1]
        const page = await answer.text()
        const scripts = page.match(/<script\b[^>]*>/g) ?? []
        expect(scripts.length).toBeGreaterThan(3)
        expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([])
        expect(policy).toContain("frame-ancestors 'none'")
        expect(policy).toContain("object-src 'none'")
        return nonce
      }),
    )
    expect(new Set(nonces).size).toBe(2)
  })

  test('says nothing of TLS where there is none', async () => {
    const { headers } = await fetch(`${web.url}/sign-in`)
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-powered-by')).toBeNull()
  })
})

test('an answer of the API is nothing that a browser would show or run', async () => {
  const { headers } = await fetch(`${web.url}/api/v1/health`)
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

describe('a page elsewhere', () => {
  const preflight = (origin: string) =>
    fetch(`${web.url}/api/v1/jobs`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })

  test('of an origin that was let in may call the API with a key, without cookies', async () => {
    const asked = await preflight(tools)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(tools)
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
    const api = await keyClient(web.url, ctx, 'viewer')
    const { status, headers } = await api.get('/jobs', undefined, { origin: tools })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, tools])
  })

  test('of any other origin may not', async () => {
    const { headers } = await preflight('https://evil.example')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('with a certificate', () => {
  test('it speaks TLS, and tells browsers to stay with it', async () => {
    const secure = await startWeb(database.url, afterAll, {
      FILE_ORBIT_TLS_CERT: fixture('localhost.crt'),
      FILE_ORBIT_TLS_KEY: fixture('localhost.key'),
    })
    expect(secure.url).toMatch(/^https:/)
    const answer = await over(`${secure.url}/sign-in`)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d{7,}$/)
    const csrf = await over(`${secure.url}/api/auth/csrf`)
    expect(String(csrf.headers['set-cookie'])).toMatch(
      /__Host-authjs\.csrf-token=.*HttpOnly; Secure; SameSite=Lax/,
    )
  })
})

function over(url: string): Promise<import('node:http').IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
  get(url, { ca: readFileSync(fixture('localhost.crt')) }, (answer) => {
    answer.resume()
    resolve(answer)
  }).on('error', reject)
  return promise
}
