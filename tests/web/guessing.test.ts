import { afterAll, describe, expect, test } from 'vitest'
import { localPath, ownPath } from '#app/_server/local-path.ts'
import { signInCounts } from '#lib/db/schema/throttle.ts'
import { loginSessions } from '#lib/db/schema/users.ts'
import { PlainBrowser, words } from '#tests/support/browser.ts'
import { makeUser, PASSWORD } from '#tests/support/sign-in.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

// What strangers try at the door. The web believes this machine's word about addresses, so tests can choose theirs.

const database = await freshDatabase(afterAll)
const { db } = database
const web = await startWeb(database.url, afterAll, { FILE_ORBIT_TRUSTED_PROXY: '127.0.0.1,::1' })
const { url } = web
const owner = await makeUser(database, 'owner')

const from = (address: string) => new PlainBrowser({ 'x-forwarded-for': address })
const trial = async (browser: PlainBrowser, email: string, password = 'wrong password') => {
  const answer = await browser.signIn(url, email, password)
  return { status: answer.status, path: new URL(answer.url).pathname, answer, words: words(answer) }
}

describe('an account that exists and one that does not', () => {
  test('are refused alike: same status, same address, same words, same waits', async () => {
    const told = []
    for (const email of [owner.email, 'nobody@studio.example']) {
      const browser = from(`198.51.100.${told.length + 1}`)
      const rounds = []
      for (let n = 0; n < 6; n += 1) {
        const { status, path, answer, words } = await trial(browser, email)
        rounds.push({ status, path, words, waits: answer.headers.get('retry-after') !== null })
      }
      told.push(rounds.map((round) => ({ ...round, words: round.words.replace(/\d+ seconds/, 'N seconds') })))
    }
    expect(told[0]).toEqual(told[1])
    expect(told[0]?.[0]).toMatchObject({ status: 200, path: '/sign-in' })
    expect(told[0]?.[0]?.words).toContain('The e-mail address or the password is wrong.')
    expect(told[0]?.[5]).toMatchObject({ status: 429, waits: true })
  })

  test('a wait says how long, on the page and to programs', async () => {
    const { answer, words } = await trial(from('198.51.100.9'), owner.email, PASSWORD)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(words).toMatch(/Too many failed sign-ins\. Try again in \d+ seconds\./)
    const page = await from('198.51.100.9').get(`${url}/sign-in?error=CredentialsSignin&code=wait-480`)
    expect(page.text).toContain('Too many failed sign-ins. Try again in 8 minutes.')
    await db.delete(signInCounts)
  })
})

test('an address with thirty failures waits, whatever it claims its address to be behind the proxy', async () => {
  for (let n = 0; n < 30; n += 1) await trial(from(`10.9.8.${n}, 203.0.113.5`), `one-${n}@studio.example`)
  expect((await trial(from('203.0.113.5'), owner.email, PASSWORD)).status).toBe(429)
  expect((await trial(from('203.0.113.6'), owner.email, PASSWORD)).path).toBe('/overview')
  const sessions = await db.select().from(loginSessions)
  expect(sessions.map(({ address }) => address)).toEqual(['203.0.113.6'])
  await db.delete(signInCounts)
})

test('a sign-in ends the session that this browser had', async () => {
  const browser = from('203.0.113.20')
  await trial(browser, owner.email, PASSWORD)
  const before = browser.cookie
  await trial(browser, owner.email, PASSWORD)
  const asked = (cookie: string) => fetch(`${url}/api/v1/jobs`, { headers: { cookie } })
  expect((await asked(before)).status).toBe(401)
  expect((await asked(browser.cookie)).status).toBe(200)
})

describe('without the token of a page of ours', () => {
  test.each([
    ['callback/credentials', { email: owner.email, password: PASSWORD }],
    ['signin/credentials', {}],
    ['signout', {}],
    ['session', { data: '{}' }],
  ])('POST /api/auth/%s does nothing', async (path, form) => {
    const browser = from('203.0.113.30')
    await trial(browser, owner.email, PASSWORD)
    const victim = browser.cookie
    for (const csrfToken of [undefined, '', 'a'.repeat(64)]) {
      const elsewhere = from('203.0.113.30')
      for (const pair of victim.split('; ')) {
        const at = pair.indexOf('=')
        elsewhere.cookies.set(pair.slice(0, at), pair.slice(at + 1))
      }
      await elsewhere.post(`${url}/api/auth/${path}`, {
        ...form,
        ...(csrfToken !== undefined && { csrfToken }),
      })
      const still = await fetch(`${url}/api/v1/jobs`, { headers: { cookie: victim } })
      expect([csrfToken, still.status]).toEqual([csrfToken, 200])
      expect(elsewhere.session).toBe(browser.session)
    }
    const stranger = from('203.0.113.31')
    await stranger.post(`${url}/api/auth/${path}`, form)
    expect(stranger.session).toBeUndefined()
  })

  test('a form of a page elsewhere signs nobody in', async () => {
    const { text } = await from('203.0.113.32').get(`${url}/sign-in`)
    const fields = [...text.matchAll(/<input type="hidden" name="(\$ACTION[^"]*)"(?: value="([^"]*)")?/g)]
    expect(fields.length).toBeGreaterThan(0)
    const send = (origin: string) => {
      const form = new FormData()
      for (const [, name, value = ''] of fields) form.set(name!, value.replaceAll('&quot;', '"'))
      form.set('email', owner.email)
      form.set('password', PASSWORD)
      return fetch(`${url}/sign-in`, {
        method: 'POST',
        body: form,
        redirect: 'manual',
        headers: { origin, 'x-forwarded-for': '203.0.113.32' },
      })
    }
    const evil = await send('https://evil.example')
    expect(evil.headers.getSetCookie().join()).not.toContain('session-token')
    const ours = await send(url)
    expect(ours.headers.getSetCookie().join()).toContain('session-token')
  })

  test('a link cannot sign anybody out', async () => {
    const browser = from('203.0.113.33')
    await trial(browser, owner.email, PASSWORD)
    await browser.get(`${url}/api/auth/signout`)
    const still = await fetch(`${url}/api/v1/jobs`, { headers: { cookie: browser.cookie } })
    expect(still.status).toBe(200)
  })
})

describe('the place to go after signing in', () => {
  const elsewhere = [
    ...['//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '/\n/evil.example'],
    ...[
      'https://evil.example',
      'javascript:alert(1)',
      'evil.example',
      '',
      '/a/..//evil.example',
      '/.//evil.example',
    ],
    ...['/\u0000/evil.example', '/\u0085/evil.example', '/x\r\nset-cookie:a=b', `/${'a'.repeat(3000)}`],
  ]

  test.each(elsewhere)('is never %j', (to) => {
    expect([ownPath(to), localPath(to)]).toEqual([null, '/overview'])
  })

  test.each(['/sign-in', '/sign-in?to=/sign-in', '/setup?token=x', '/api/auth/signout'])(
    'is no page that leads back: %s',
    (to) => {
      expect(localPath(to)).toBe('/overview')
    },
  )

  test.each([
    '/jobs',
    '/jobs?state=failed&q=a%2F%2Fb#x',
    '/',
    '/endpoints/new',
    '/%2F%2Fevil.example',
    '/signs',
  ])('may be %s', (to) => {
    expect(localPath(to)).toBe(to)
  })

  test.each([undefined, null, 7, ['/jobs'], {}])('is the overview for %j', (to) => {
    expect(localPath(to)).toBe('/overview')
  })

  test.each(elsewhere)('somebody signed in who asks the page for %j stays here', async (to) => {
    const browser = from('203.0.113.40')
    await trial(browser, owner.email, PASSWORD)
    const page = await browser.get(`${url}/sign-in?to=${encodeURIComponent(to)}`)
    expect(page.url).toBe(`${url}/overview`)
  })
})

test('who must sign in first comes back to the page that was asked for', async () => {
  const { pathname, searchParams } = new URL((await from('203.0.113.41').get(`${url}/jobs?state=failed`)).url)
  expect([pathname, searchParams.get('to')]).toEqual(['/sign-in', '/jobs?state=failed'])
  expect(new URL((await from('203.0.113.41').get(`${url}//evil.example/jobs`)).url).origin).toBe(url)
})

test('nobody’s password is in the log', () => {
  expect(web.output()).not.toContain(PASSWORD)
})
