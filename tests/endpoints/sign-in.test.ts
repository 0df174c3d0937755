import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { authorizeLine, pastedToken } from '#lib/endpoints/authorize-line.ts'
import { keepToken } from '#lib/endpoints/keep-token.ts'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import type { SignInStep } from '#lib/endpoints/sign-in-schema.ts'
import type { FileEntry } from '#lib/files/schema.ts'
import { keyClient } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { treeOf } from '#tests/support/files.ts'
import { startOAuthStorage } from '#tests/support/servers/oauth-storage.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded } from '#tests/support/when.ts'

// Real web, worker and rclone; the service is our own, with the form of Google's (docs/verified.md).

const TYPE = 'google cloud storage'
const service = await startOAuthStorage(afterAll, { 'A001/clip.mxf': 'abc', 'A001/sub/note.txt': 'note' })
const depot = await openDepot()
const web = await startWeb(depot.database.url, afterAll)
let worker = await depot.worker(afterAll)
const api = await keyClient(web.url, depot.ctx, 'operator')
const stranger = await keyClient(web.url, depot.ctx, 'owner')

const settings = { ...service.settings, client_secret: service.clientSecret }
const step = (body: object, by = api) => by.post<SignInStep>('/endpoints/sign-in', { type: TYPE, ...body })

async function signedIn(more: object = {}): Promise<string> {
  const asked = await step({ settings, ...more })
  const { body } = await step({ state: asked.body.state, answer: service.freshToken() })
  expect(body).toMatchObject({ done: true, question: null, error: null })
  return body.state
}

const browse = (id: string, path = '') =>
  api.get<{ items: FileEntry[] }>(`/endpoints/${id}/files?path=${encodeURIComponent(path)}`)

describe('signing in', () => {
  test('asks for what rclone authorize prints, without telling the client secret', async () => {
    const { status, body } = await step({ settings })
    expect(status).toBe(200)
    expect(body).toMatchObject({ done: false, error: null, question: { name: 'config_token', secret: true } })
    expect(body.question!.authorize).toEqual({
      type: TYPE,
      config: expect.objectContaining({ client_id: service.clientId, token_url: `${service.url}/token` }),
    })
    const told = JSON.stringify(body)
    expect(told).not.toContain(service.clientSecret)
    expect(Buffer.from(body.question!.help).toString()).not.toContain(service.clientSecret)
    expect(told.match(/eyJ[\w-]+/g)!.map((text) => Buffer.from(text, 'base64url').toString())).toSatisfy(
      (texts: string[]) => texts.every((text) => !text.includes(service.clientSecret)),
    )
    const stored = await depot.database.sql`select input, answer from questions`
    expect(JSON.stringify(stored)).not.toContain(service.clientSecret)
  })

  test('asks again after an answer that is none, and says why', async () => {
    const asked = await step({ settings })
    const again = await step({ state: asked.body.state, answer: 'no token' })
    expect(again.body).toMatchObject({
      ...{ done: false, error: expect.stringMatching(/decode/) },
      question: { name: 'config_token' },
    })
    const done = await step({ state: again.body.state, answer: service.freshToken() })
    expect(done.body).toMatchObject({ done: true, settings: {} })
  })

  test('a state is of who began it, of its kind, and finished before an endpoint takes it', async () => {
    const asked = await step({ settings })
    const { state } = asked.body
    expect(await step({ state, answer: '{}' }, stranger)).toMatchObject({
      ...{ status: 422, body: { errors: [{ path: 'state' }] } },
    })
    expect(await api.post('/endpoints/sign-in', { type: 'drive', state, answer: '{}' })).toMatchObject({
      ...{
        status: 422,
        body: { errors: [{ path: 'state', message: expect.stringMatching(/another kind/) }] },
      },
    })
    expect(await api.post('/endpoints', { name: 'x', type: TYPE, settings, signIn: state })).toMatchObject({
      ...{
        status: 422,
        body: { errors: [{ path: 'signIn', message: expect.stringMatching(/not finished/) }] },
      },
    })
    expect(
      await api.post('/endpoints', { name: 'x', type: TYPE, settings, signIn: 'made up' }),
    ).toMatchObject({
      ...{ status: 422, body: { errors: [{ path: 'signIn' }] } },
    })
  })

  test('is for storages that have it, with settings that are right and typed here', async () => {
    expect(await step({ type: 'sftp' })).toMatchObject({ status: 422, body: { errors: [{ path: 'type' }] } })
    expect(await step({ settings: { client_idd: 'x' } })).toMatchObject({
      ...{ status: 422, body: { errors: [{ path: 'settings.client_idd' }] } },
    })
    const reference = { ...settings, client_secret: 'env:FILE_ORBIT_SECRET_X' }
    expect(await step({ settings: reference })).toMatchObject({
      ...{ status: 422, body: { errors: [{ path: 'settings.client_secret' }] } },
    })
  })

  test('Google Drive asks first, and takes its default where nothing is answered', async () => {
    const first = await api.post<SignInStep>('/endpoints/sign-in', { type: 'drive' })
    expect(first.body.question).toMatchObject({
      ...{ name: 'config_shared_client_id', type: 'bool', exclusive: true, default: 'false' },
      choices: [
        { value: 'true', help: 'Yes' },
        { value: 'false', help: 'No' },
      ],
    })
    const next = await api.post<SignInStep>('/endpoints/sign-in', {
      ...{ type: 'drive', state: first.body.state, answer: 'true' },
    })
    expect(next.body.question).toMatchObject({ name: 'config_token', authorize: { type: 'drive' } })
    const token = JSON.stringify({ access_token: 'a', refresh_token: 'r', expiry: '2099-01-01T00:00:00Z' })
    const team = await api.post<SignInStep>('/endpoints/sign-in', {
      ...{ type: 'drive', state: next.body.state, answer: token },
    })
    expect(team.body.question).toMatchObject({ name: 'config_change_team_drive', default: 'false' })
    const done = await api.post<SignInStep>('/endpoints/sign-in', { type: 'drive', state: team.body.state })
    expect(done.body).toMatchObject({ done: true })
  })
})

describe('an endpoint that was signed in', () => {
  let endpoint: Endpoint
  const tokenOf = async (id: string) => {
    const [row] = await depot.database
      .sql`select secrets ->> 'token' as token from endpoints where id = ${id}`
    return row!.token as string
  }

  test('is tested before it is saved, and keeps its token sealed', async () => {
    const tested = await api.post<TestResult>('/endpoints/test', {
      ...{ type: TYPE, path: service.bucket, settings, signIn: await signedIn() },
    })
    expect(tested.body).toMatchObject({ ok: true, folders: ['A001'] })
    const made = await api.post<Endpoint>('/endpoints', {
      ...{ name: 'cloud', type: TYPE, path: service.bucket, settings, signIn: await signedIn() },
    })
    expect(made.status).toBe(201)
    endpoint = made.body
    expect(endpoint.settings).toMatchObject({ token: { set: true }, client_secret: { set: true } })
    expect(await tokenOf(endpoint.id)).toMatch(/^fo1\./)
  })

  test('keeps each token that rclone is given anew: by listing, by transfers, by the next worker', async () => {
    const before = await tokenOf(endpoint.id)
    expect((await browse(endpoint.id, 'A001')).body.items.map(({ name }) => name)).toEqual([
      'sub',
      'clip.mxf',
    ])
    await expect.poll(() => tokenOf(endpoint.id)).not.toBe(before)
    for (let times = 0; times < 3; times += 1) {
      expect((await browse(endpoint.id)).body.items.map(({ name }) => name)).toEqual(['A001'])
    }
    const several = await Promise.all(Array.from({ length: 6 }, () => browse(endpoint.id)))
    expect(several.map(({ status }) => status)).toEqual(several.map(() => 200))
    const job = await api.post<{ id: string }>('/jobs', {
      ...{ operation: 'copy', source: { endpointId: endpoint.id, path: 'A001' } },
      destination: { endpointId: depot.destination.id, path: 'from-cloud' },
    })
    expect(await whenEnded(depot.database, job.body.id)).toMatchObject({ state: 'completed' })
    expect(treeOf(depot.out)).toMatchObject({
      'from-cloud/clip.mxf': 'abc',
      'from-cloud/sub/note.txt': 'note',
    })
    await worker.end('SIGKILL')
    worker = await depot.worker(afterAll)
    expect((await browse(endpoint.id)).body.items).toHaveLength(1)
    expect(service.refreshes).toBeGreaterThan(5)
    expect(service.refused).toBe(0)
  })

  test('lies under another one as well, and is kept there', async () => {
    const made = await api.post<Endpoint>('/endpoints', {
      ...{ name: 'card', type: 'alias', settings: { remote: `endpoint:${endpoint.id}/A001` } },
    })
    expect(made.status).toBe(201)
    for (let times = 0; times < 3; times += 1) {
      expect((await browse(made.body.id)).body.items.map(({ name }) => name)).toEqual(['sub', 'clip.mxf'])
    }
    expect(service.refused).toBe(0)
    await api.delete(`/endpoints/${made.body.id}`)
  })

  test('is signed in again with a new token; an address that changes wants its secrets again', async () => {
    const before = await tokenOf(endpoint.id)
    const patched = await api.patch(`/endpoints/${endpoint.id}`, {
      ...{ signIn: await signedIn({ endpointId: endpoint.id }) },
    })
    expect(patched.status).toBe(200)
    expect(await tokenOf(endpoint.id)).not.toBe(before)
    expect((await browse(endpoint.id)).status).toBe(200)
    const moved = { settings: { token_url: 'https://elsewhere.example/token' } }
    const refused = await api.patch<{ errors: { path: string }[] }>(`/endpoints/${endpoint.id}`, moved)
    expect(refused.status).toBe(422)
    expect(refused.body.errors.map(({ path }) => path).sort()).toEqual([
      'settings.client_secret',
      'settings.token',
    ])
  })

  test('a token is kept by compare and set, by agents alone', async () => {
    const { ctx } = depot
    const row = endpoint.id
    const now = await tokenOf(row)
    expect(await keepToken({ ctx: ctx.agent, token: { row, before: 'fo1.other', after: 'fo1.x' } })).toBe(now)
    expect(await tokenOf(row)).toBe(now)
    await expect(keepToken({ ctx: ctx.owner, token: { row, before: now, after: 'fo1.x' } })).rejects.toThrow(
      /Only an agent/,
    )
    await depot.database.db.execute(sql`update endpoints set deleted_at = now() where id = ${row}`)
    expect(await keepToken({ ctx: ctx.agent, token: { row, before: now, after: 'fo1.x' } })).toBeNull()
    await depot.database.db.execute(sql`update endpoints set deleted_at = null where id = ${row}`)
  })

  test('the command that is shown signs in with the real rclone, on a machine with a browser', async () => {
    const asked = await step({ settings })
    const line = authorizeLine(asked.body.question!.authorize!, service.clientSecret)
    const [, type, config] = /^rclone authorize "([^"]+)" "([\w-]+)"$/.exec(line)!
    const rclone = spawn(inject('rclone'), ['authorize', '--auth-no-open-browser', type!, config!], {
      env: { ...process.env, RCLONE_CONFIG: '/dev/null' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    rclone.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    // Not the end of the process: what it printed last may come after that.
    const ended = once(rclone.stdout, 'end')
    for await (const said of createInterface({ input: rclone.stderr })) {
      const address = /http:\/\/127\.0\.0\.1:\d+\/auth\?state=\S+/.exec(said)?.[0]
      if (!address) continue
      // rclone may be gone before it has answered the browser.
      await fetch(address).catch(() => {})
      break
    }
    await ended
    expect(printed).toContain('--->')
    const done = await step({ state: asked.body.state, answer: printed })
    expect(done.body).toMatchObject({ done: true, error: null })
    const tested = await api.post<TestResult>('/endpoints/test', {
      ...{ type: TYPE, path: service.bucket, settings, signIn: done.body.state },
    })
    expect(tested.body).toMatchObject({ ok: true })
  })
})

test('what people copy with the token is left out', () => {
  const text = 'Paste the following into your remote machine --->\n{"access_token":"a"}\n<---End paste\n'
  expect(pastedToken(text)).toBe('{"access_token":"a"}')
  expect(pastedToken('  {"access_token":"a"}\n')).toBe('{"access_token":"a"}')
})
