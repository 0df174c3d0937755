import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { getBackend, listBackends } from '#lib/backends/read-backends.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { offeredKinds } from '#lib/endpoints/offered-kinds.ts'
import { getEndpoint } from '#lib/endpoints/queries.ts'
import { readForm } from '#lib/endpoints/read-form.ts'
import { signIn } from '#lib/endpoints/sign-in.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { DomainError } from '#lib/errors.ts'
import { stockBackends } from '#tests/support/backends.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, source } = stage

test('before the first worker only folders can be added, and other kinds say why', async () => {
  const offered = await offeredKinds({ ctx: ctx.operator })
  expect([offered.ready, offered.kinds.map(({ type }) => type)]).toEqual([false, ['local']])
  const input = { name: 'early', type: 's3', settings: {} }
  await expect(createEndpoint({ ctx: ctx.operator, input })).rejects.toThrow(/worker has not started/)
  await stockBackends(ctx, afterAll)
})

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpbGUtb3JiaXQtZXhhbXBsZS1ob3N0LWtleS0wMQ=='
const sftp = { host: 'nas.studio.example', user: 'ops', pass: 'hunter22', host_keys: KEY }
let made = 0
const create = (type: string, settings: object, more: object = {}) => {
  made += 1
  return createEndpoint({ ctx: ctx.operator, input: { name: `e${made}`, type, settings, ...more } })
}

/** Where the refusal says that something is wrong, and what. */
async function refusal(run: Promise<unknown>): Promise<[paths: string[], message: string]> {
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(DomainError)
  const { issues, message } = error as DomainError
  return [issues.map(({ path }) => path), message]
}

describe('what would give a shell or a file of the agent is refused', () => {
  test.each([
    ['sftp', 'ssh', 'ssh -o ProxyCommand=id x', /run a command/],
    ['sftp', 'server_command', 'sudo sftp-server', /run a command/],
    ['webdav', 'bearer_token_command', 'id', /run a command/],
    ['swift', 'auth_command', 'id', /no setting|run a command/],
    ['sftp', 'key_file', '/etc/ssh/ssh_host_ed25519_key', /file of the agent/],
    ['sftp', 'known_hosts_file', '/etc/passwd', /file of the agent/],
    ['s3', 'shared_credentials_file', '/root/.aws/credentials', /file of the agent/],
    ['google cloud storage', 'service_account_file', '/etc/x.json', /file of the agent/],
  ])('%s %s', async (type, name, value, words) => {
    const base = type === 'sftp' ? sftp : {}
    const [paths, message] = await refusal(create(type, { ...base, [name]: value }))
    expect(paths).toContain(`settings.${name}`)
    expect(message).toMatch(words)
  })

  test.each([
    ':sftp,ssh="id":',
    'sftp,host=evil:',
    '/etc',
    `endpoint:${source.id}:ro`,
    `endpoint:${source.id},ssh=id:`,
    'endpoint:nothing',
    `x endpoint:${source.id}`,
  ])('an endpoint over "%s"', async (remote) => {
    for (const type of ['alias', 'crypt', 'chunker', 'hasher', 'compress']) {
      const more = type === 'crypt' ? { password: 'x' } : {}
      expect((await refusal(create(type, { ...more, remote })))[0]).toContain('settings.remote')
    }
  })

  test('of several any that is no reference', async () => {
    const one = `endpoint:${source.id}`
    for (const [type, upstreams] of [
      ['union', `${one}\n:local:`],
      ['union', `${one}/a:ro x`],
      ['combine', `a=${one}\nb=sftp:`],
      ['combine', one],
      ['combine', `a/b=${one}`],
    ] as const) {
      expect((await refusal(create(type, { upstreams })))[0]).toEqual(['settings.upstreams'])
    }
    // rclone refuses it too, but only when it is used.
    const [paths, message] = await refusal(create('union', { upstreams: `${one}/a\n\n` }))
    expect([paths, message]).toEqual([['settings.upstreams'], expect.stringMatching(/two endpoints or more/)])
    const right = await create('union', { upstreams: `${one}/a\n${one}:ro` })
    expect(right.settings.upstreams).toBe(`${one}/a\n${one}:ro`)
  })

  test('over one that is not there, or over itself', async () => {
    const gone = 'endpoint:0199f2a4-0000-7000-8000-00000000dead'
    expect((await refusal(create('alias', { remote: gone })))[1]).toMatch(/does not exist/)
    const alias = await create('alias', { remote: `endpoint:${source.id}` })
    const input = { settings: { remote: `endpoint:${alias.id}` } }
    expect((await refusal(updateEndpoint({ ctx: ctx.operator, id: alias.id, input })))[1]).toMatch(
      /over itself/,
    )
    expect((await refusal(deleteEndpoint({ ctx: ctx.owner, id: source.id })))[1]).toMatch(/lies under/)
  })
})

describe('what cannot be right is told at its field', () => {
  test.each([
    ['an option that is none, with a hint', 'sftp', { hosts: 'x' }, 'settings.hosts', /Did you mean host/],
    ['a kind that is none, with a hint', 'sft', {}, 'type', /Did you mean sftp/],
    ['a kind that is hidden', 'cache', {}, 'type', /no storage type/],
    ['a size', 's3', { chunk_size: 'a lot' }, 'settings.chunk_size', /A size such as/],
    ['a length of time', 'sftp', { idle_timeout: 'soon' }, 'settings.idle_timeout', /A length of time/],
    ['a number', 'sftp', { concurrency: 'many' }, 'settings.concurrency', /whole number/],
    ['a switch', 'sftp', { use_fstat: 'perhaps' }, 'settings.use_fstat', /true or false/],
    [
      'a third state',
      's3',
      { list_url_encode: 'perhaps' },
      'settings.list_url_encode',
      /true, false or unset/,
    ],
    ['one of few', 's3', { list_version: 'x' }, 'settings.list_version', /whole number/],
    ['what is needed', 'smb', {}, 'settings.host', /Host is needed/],
    ['half a pair', 's3', { access_key_id: 'x' }, 'settings.secret_access_key', /belongs to the access key/],
    ['a key that is none', 'sftp', { ...sftp, key_pem: 'AAAA' }, 'settings.key_pem', /from BEGIN to END/],
    ['a host that is none', 'smb', { host: 'nas/media' }, 'settings.host', /UNC path/],
    ['a reference to anything', 'sftp', { ...sftp, pass: 'env:PATH' }, 'settings.pass', /FILE_ORBIT_SECRET_/],
    [
      'a reference to our key',
      'sftp',
      { ...sftp, pass: 'env:FILE_ORBIT_SECRET_KEY' },
      'settings.pass',
      /FILE_/,
    ],
    ['a reference that climbs', 'sftp', { ...sftp, pass: 'file:../x' }, 'settings.pass', /without "\.\."/],
  ])('%s', async (_, type, settings, path, words) => {
    const [paths, message] = await refusal(create(type, settings))
    expect(paths).toContain(path)
    expect(message).toMatch(words)
    expect(message).not.toContain('hunter22')
  })

  test.each(['../up', 'a/../../b', 'a\\..\\b', 'a\0b'])('the root %j', async (path) => {
    expect((await refusal(create('s3', { provider: 'AWS', env_auth: true }, { path })))[0]).toEqual(['path'])
  })

  test('all at once', async () => {
    const [paths] = await refusal(create('sftp', { port: 'x', chunk_size: 'y', concurrency: 'z' }))
    expect(paths.sort()).toEqual([
      ...['settings.chunk_size', 'settings.concurrency', 'settings.host', 'settings.port'],
    ])
  })
})

test.each([
  [
    'sftp',
    'host',
    ['127.0.0.1', 'localhost', 'LOCALHOST.', '::1', '0x7f.1', '169.254.169.254', '2130706433'],
  ],
  ['s3', 'endpoint', ['http://127.0.0.1:9000', 'metadata.google.internal', 'https://[::ffff:127.0.0.1]/']],
  ['webdav', 'url', ['http://localhost/dav', 'http://169.254.169.254/latest']],
  ['sftp', 'socks_proxy', ['127.0.0.1:1080']],
])(
  '%s %s: the agent’s own machine and metadata are refused where the settings say so',
  async (type, name, hosts) => {
    const base = { sftp, s3: { provider: 'Other' }, webdav: {} }[type] ?? {}
    vi.stubEnv('FILE_ORBIT_BLOCK_PRIVATE_HOSTS', '1')
    onTestFinished(() => void vi.unstubAllEnvs())
    for (const host of hosts) {
      expect([host, (await refusal(create(type, { ...base, [name]: host })))[0]]).toEqual([
        host,
        [`settings.${name}`],
      ])
    }
    vi.unstubAllEnvs()
    await create(type, { ...base, [name]: hosts[0] })
  },
)

describe('what people paste', () => {
  test('is sorted into its fields', async () => {
    const smb = await create('smb', { host: '\\\\nas\\media\\raw', user: 'STUDIO\\ops', pass: 'hunter22' })
    expect(smb).toMatchObject({
      ...{ path: 'media/raw', settings: { host: 'nas', user: 'ops', domain: 'STUDIO', pass: { set: true } } },
    })
    const native = await create('s3', {
      ...{ provider: 'AWS', env_auth: true, upload_concurrency: 8, chunk_size: '8Mi' },
    })
    expect(native.settings).toMatchObject({
      env_auth: 'true',
      upload_concurrency: '8',
      no_check_bucket: 'true',
    })
    const lists = await create('sftp', { ...sftp, ciphers: ['aes128-ctr', 'aes256-ctr'] })
    expect(lists.settings.ciphers).toBe('aes128-ctr aes256-ctr')
  })
})

describe('secrets', () => {
  test('are written and read back only as set, kept when they are sent back, removed by an empty text', async () => {
    const endpoint = await create('sftp', { ...sftp, key_file_pass: 'file:phrase' })
    expect(endpoint.settings).toMatchObject({
      ...{ pass: { set: true }, key_file_pass: { set: true, reference: 'file:phrase' } },
    })
    const stored = await stage.database.sql`select * from endpoints where id = ${endpoint.id}`
    expect(JSON.stringify(stored)).not.toContain('hunter22')
    const audit = await stage.database.sql`select * from audit_entries`
    expect(JSON.stringify(audit)).not.toContain('hunter22')
    const { id } = endpoint
    const change = (settings: object) => updateEndpoint({ ctx: ctx.operator, id, input: { settings } })
    const again = await change({ ...endpoint.settings, port: '2022' })
    expect(again.settings).toEqual({ ...endpoint.settings, port: '2022' })
    const sealed = async () => {
      const [row] = await stage.database
        .sql`select secrets ->> 'pass' as pass from endpoints where id = ${id}`
      return row!.pass as string | null
    }
    const before = await sealed()
    await change({ user: 'other' })
    expect(await sealed()).toBe(before)
    await change({ pass: 'another one' })
    expect(await sealed()).not.toBe(before)
    expect((await change({ pass: '' })).settings).not.toHaveProperty('pass')
    expect(await sealed()).toBeNull()
  })

  test('go to the host that they were given for: another one wants them again', async () => {
    const { id } = await create('sftp', sftp)
    const change = (settings: object) => updateEndpoint({ ctx: ctx.operator, id, input: { settings } })
    const [paths, message] = await refusal(change({ host: 'evil.example' }))
    expect([paths, message]).toEqual([['settings.pass'], expect.stringMatching(/host has changed/)])
    expect((await refusal(change({ socks_proxy: 'evil.example:1080' })))[0]).toEqual(['settings.pass'])
    expect((await change({ host: 'new.example', pass: 'hunter22' })).settings.host).toBe('new.example')
  })
})

describe('who may', () => {
  const input = { name: 'x', type: 'local', path: '/srv/x' }
  test('a viewer reads the kinds, and makes, changes, tests and signs in nothing', async () => {
    expect((await listBackends({ ctx: ctx.viewerKey, input: {} })).items.length).toBeGreaterThan(40)
    for (const run of [
      () => createEndpoint({ ctx: ctx.viewer, input }),
      () => updateEndpoint({ ctx: ctx.viewerKey, id: source.id, input: { name: 'y' } }),
      () => deleteEndpoint({ ctx: ctx.viewer, id: source.id }),
      () => readForm({ ctx: ctx.viewer, type: 'sftp' }),
      () => signIn({ ctx: ctx.viewer, input: { type: 'drive' } }),
      () => createEndpoint({ ctx: ctx.agent, input }),
      () => getBackend({ ctx: ctx.agent, type: 'sftp' }),
    ]) {
      await expect(run()).rejects.toThrow(/needs an operator|agent may not/)
    }
    expect((await getEndpoint({ ctx: ctx.viewer, id: source.id })).name).toBe('in')
  })
})

test('kinds are those of the agent’s rclone: with care first, every other one by its description', async () => {
  const { kinds, ready } = await offeredKinds({ ctx: ctx.operator })
  const types = kinds.map(({ type }) => type)
  expect(ready).toBe(true)
  expect(types.slice(0, 6)).toEqual(['s3', 'sftp', 'smb', 'local', 'ftp', 'webdav'])
  expect(types).toEqual(expect.arrayContaining(['hasher', 'box', 'pcloud', 'koofr']))
  expect(types).not.toContain('cache')
  // This rclone has none.
  expect(types).not.toContain('azureblob')
  expect(new Set(types).size).toBe(types.length)
})

test('kinds are read page by page, and one by its name', async () => {
  const first = await listBackends({ ctx: ctx.viewer, input: { limit: '10' } })
  const second = await listBackends({ ctx: ctx.viewer, input: { limit: '200', cursor: first.nextCursor } })
  expect([first.items.length, second.nextCursor]).toEqual([10, null])
  const all = await listBackends({ ctx: ctx.viewer, input: {} })
  expect([...first.items, ...second.items]).toEqual(all.items)
  expect((await getBackend({ ctx: ctx.viewer, type: 'drive' })).oauth).toBe(true)
  await expect(getBackend({ ctx: ctx.viewer, type: 'nothing' })).rejects.toThrow(/no such storage type/)
})
