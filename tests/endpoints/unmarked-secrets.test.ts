import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { checkSettings } from '#lib/endpoints/check-settings.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { getEndpoint } from '#lib/endpoints/queries.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { openAgent } from '#tests/support/asked.ts'
import { stockBackends } from '#tests/support/backends.ts'
import { contextsOver } from '#tests/support/context.ts'
import { openedSecrets } from '#tests/support/sealed-rows.ts'
import { testKeyRing } from '#tests/support/secret-keys.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { SignIns } from '#workers/endpoints/sign-in.ts'
import { openPlace } from '#workers/endpoints/test-endpoint.ts'
import { readProviders } from '#workers/rclone/providers.ts'
import { redactor } from '#workers/secrets/redactor.ts'

// What holds a password though rclone does not say so, and hosts that stand in what is sealed.

const database = await freshDatabase(afterAll)
const ctx = await contextsOver(database, afterAll)
const { db } = database
const agent = await openAgent()
beforeAll(() => stockBackends(ctx, afterAll))

const CANARY = 'canary-in-a-setting-5b1e'
const SSH = { host: 'nas.example', user: 'ops', host_keys: 'ssh-ed25519 AAAA' }
const DAV = { url: 'https://dav.example', vendor: 'other' }
let names = 0
const create = (type: string, settings: Record<string, string>) =>
  createEndpoint({ ctx: ctx.operator, input: { name: `end ${++names}`, type, settings } })
const rowOf = async (id: string) => (await db.select().from(endpoints).where(eq(endpoints.id, id)))[0]!

test.each([
  ['webdav', 'headers', DAV, `Cookie,${CANARY}`],
  ['http', 'headers', { url: 'https://files.example' }, `Authorization,Bearer ${CANARY}`],
  ['sftp', 'socks_proxy', SSH, `me:${CANARY}@proxy.example:1080`],
  ['sftp', 'http_proxy', SSH, `http://me:${CANARY}@proxy.example:3128`],
  ['ftp', 'socks_proxy', { host: 'ftp.example' }, `me:${CANARY}@proxy.example:1080`],
  ['s3', 'ibm_api_key', { provider: 'IBMCOS', endpoint: 's3.example' }, CANARY],
])('%s keeps its %s sealed and shows it to nobody', async (type, option, settings, value) => {
  const { id } = await create(type, { ...settings, [option]: value })
  const shown = await getEndpoint({ ctx: ctx.viewer, id })
  expect(shown.settings[option]).toEqual({ set: true })
  const row = await rowOf(id)
  expect(row.secrets[option]).toMatch(/^fo1\./)
  const told = await db.select().from(auditEntries).where(eq(auditEntries.subjectId, id))
  expect(JSON.stringify([shown, row, told])).not.toContain(CANARY)
})

test('a user and a password in an address are refused, with where they belong', async () => {
  const url = `https://me:${CANARY}@files.example/x`
  const said = async (type: string, settings: Record<string, string>) => {
    const error = await create(type, settings).catch((thrown: unknown) => thrown)
    return (error as { issues: { path: string; message: string }[] }).issues[0]!
  }
  expect(await said('webdav', { ...DAV, url })).toMatchObject({
    ...{ path: 'settings.url', message: expect.stringContaining('belong in user and pass') },
  })
  expect(await said('http', { url })).toMatchObject({
    ...{ path: 'settings.url', message: expect.stringContaining('belong in headers') },
  })
  expect(await said('s3', { endpoint: `me:${CANARY}@s3.example` })).toMatchObject({
    ...{ path: 'settings.endpoint', message: expect.stringContaining('without user and password') },
  })
  expect((await said('sftp', { ...SSH, host: 'ops@nas.example' })).path).toBe('settings.host')
  expect(JSON.stringify(await db.select().from(auditEntries))).not.toContain(CANARY)
})

test('one that an older row has in clear is not shown, and sealed at the next change', async () => {
  const { id } = await create('webdav', { ...DAV, pass: 'secret' })
  const headers = `Cookie,${CANARY}`
  await db
    .update(endpoints)
    .set({ settings: { ...DAV, headers } })
    .where(eq(endpoints.id, id))
  expect((await getEndpoint({ ctx: ctx.viewer, id })).settings.headers).toEqual({ set: true })
  const moved = { url: 'https://other.example', pass: 'again' }
  await expect(updateEndpoint({ ctx: ctx.operator, id, input: { settings: moved } })).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'settings.headers' }] },
  })
  await updateEndpoint({ ctx: ctx.operator, id, input: { settings: { user: 'me' } } })
  const row = await rowOf(id)
  expect(JSON.stringify(row)).not.toContain(CANARY)
  expect(Object.keys(row.secrets).sort()).toEqual(['headers', 'pass'])
})

test('another proxy gets none of the secrets that are kept; another host not those of the proxy’s', async () => {
  const { id } = await create('ftp', { host: 'ftp.example', user: 'me', pass: 'secret' })
  const change = (settings: Record<string, string>) =>
    updateEndpoint({ ctx: ctx.operator, id, input: { settings } })
  await expect(change({ http_proxy: 'http://proxy.example:3128' })).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'settings.pass' }] },
  })
  await change({ http_proxy: 'http://proxy.example:3128', pass: 'secret' })
  await expect(change({ host: 'other.example' })).rejects.toMatchObject({
    ...{ kind: 'invalid', issues: [{ path: 'settings.pass' }] },
  })
  await change({ host: 'other.example', pass: 'secret' })
  expect(Object.keys((await rowOf(id)).secrets).sort()).toEqual(['http_proxy', 'pass'])
})

test.each(['site', 'satellite_address', 'upload_prefix', 'connection_string', 'tokenURL'])(
  'another %s is another host: what is kept has to be given again',
  (option) => {
    const described = (name: string, secret: boolean) => ({
      ...{ name, secret, help: '', type: 'string', default: '', required: false, advanced: false },
      ...{ exclusive: false, hidden: false, refused: null, provider: '', examples: [] },
    })
    const options = [described(option, false), described('api_key', true)]
    const backend = { type: 'made-up', description: '', oauth: false, wraps: null, options }
    const before = { settings: { [option]: 'https://a.example' }, secrets: ['api_key'] }
    const change = (value: string) => {
      const given = { path: '', settings: { [option]: value } }
      return () => checkSettings(backend, given, { before, blockPrivateHosts: false })
    }
    expect(change('https://b.example')).toThrow(/api_key|Enter it again/)
    expect(change('https://a.example')()).toMatchObject({ kept: ['api_key'] })
  },
)

test('blanks are part of a password; the line break of a copied line is not', async () => {
  const { id, settings } = await create('ftp', { host: ' ftp.example ', pass: ' two  blanks \n' })
  expect(settings.host).toBe('ftp.example')
  expect(await openedSecrets(testKeyRing, await rowOf(id))).toEqual({ pass: ' two  blanks ' })
})

test('rclone’s errors are told without what stood in headers and proxies', async () => {
  const settings = { ...DAV, headers: `Accept,text/xml,Authorization,Bearer ${CANARY}` }
  const opened = await agent.opener.open(
    agent.slot,
    await agent.asked({ type: 'webdav', settings, path: '' }),
  )
  const hidden = redactor(opened.secrets)
  expect(hidden(`401 for token ${CANARY}`)).toBe('401 for token •••')
  expect(hidden('Accept')).toBe('Accept')
})

describe('with FILE_ORBIT_BLOCK_PRIVATE_HOSTS', () => {
  beforeAll(() => {
    process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = '1'
    return () => {
      delete process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS
    }
  })

  test('a proxy on this machine is refused where it is given and where it is opened', async () => {
    const settings = { host: 'ftp.example', http_proxy: 'http://127.0.0.1:3128' }
    await expect(create('ftp', settings)).rejects.toMatchObject({
      ...{ kind: 'invalid', issues: [{ path: 'settings.http_proxy' }] },
    })
    const asked = await agent.asked({ type: 'ftp', settings, path: '' })
    expect(await openPlace(agent.slot, agent.opener, asked)).toMatchObject({
      ...{ cause: 'secret', message: expect.stringMatching(/^http_proxy: .* own machine/) },
    })
  })

  test('a sign-in whose service is on this machine is not begun', async () => {
    const signIns = new SignIns(testKeyRing, await readProviders(agent.slot, 'test'))
    const settings = { token_url: 'http://localhost:8080/token' }
    const step = { step: 'begin' as const, owner: 'me', type: 'drive', settings, secrets: {} }
    expect(await signIns.answer(agent.slot, step)).toMatchObject({
      ...{ kind: 'refused', message: expect.stringMatching(/^token_url: .* own machine/) },
    })
  })
})
