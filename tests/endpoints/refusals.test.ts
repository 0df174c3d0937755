import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { testEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { StoredPlace } from '#lib/endpoints/sides.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { openAgent } from '#tests/support/asked.ts'
import { plant, tempFolder, treeOf } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { openWarehouse } from '#tests/support/warehouse.ts'
import { openPlace } from '#workers/endpoints/test-endpoint.ts'
import { storageOf } from '#workers/rclone/remote.ts'
import { readReference, secretSources } from '#workers/secrets/secret-sources.ts'

// What would give whoever makes an endpoint a shell on the agent, a file of it, or a way around its folders: refused by
// the verb, and by the agent again, whose rows may be older or come from another hand.

const warehouse = await openWarehouse({ env: { FILE_ORBIT_BLOCK_PRIVATE_HOSTS: '1' } })
const agent = await openAgent()
const hub = new LiveHub(warehouse.database.sql)
const ctx: Context = { ...warehouse.ctx.operator, ask: asker(warehouse.database.db, hub) }
const HOST = { host: 'nas.example', user: 'ops', host_keys: 'ssh-ed25519 AAAA' }
const base = await warehouse.endpoint('base', { type: 'local', path: warehouse.root, settings: {} })

let names = 0
function create(type: string, settings: Record<string, string>, path = '') {
  names += 1
  return createEndpoint({ ctx, input: { name: `end ${names}`, type, path, settings } })
}

function stored(type: string, settings: Record<string, string>, wrapped: StoredPlace[] = []) {
  const place = { row: 'r', type, root: '', path: '', settings, secrets: {}, deleted: false }
  return { ...place, wrapped, roots: [warehouse.root] }
}

const dangerous: [string, string, Record<string, string>, string][] = [
  ['a command instead of SSH', 'sftp', HOST, 'ssh'],
  ['a command on the server', 'sftp', HOST, 'server_command'],
  ['a command for hashes', 'sftp', HOST, 'sha256sum_command'],
  ['another command for hashes', 'sftp', HOST, 'md5sum_command'],
  ['variables of what is run', 'sftp', HOST, 'set_env'],
  ['a subsystem', 'sftp', HOST, 'subsystem'],
  ['a command for a token', 'webdav', { url: 'https://a.example' }, 'bearer_token_command'],
  ['a socket of the agent', 'webdav', { url: 'https://a.example' }, 'unix_socket'],
  ['a key file of the agent', 'sftp', HOST, 'key_file'],
  ['a known_hosts file of the agent', 'sftp', HOST, 'known_hosts_file'],
  ['a certificate of the agent', 'sftp', HOST, 'pubkey_file'],
  ['credentials of the agent', 's3', { endpoint: 'https://a.example' }, 'shared_credentials_file'],
  ['a service account of the agent', 'drive', {}, 'service_account_file'],
  ['Kerberos tickets of the agent', 'smb', { host: 'a.example' }, 'kerberos_ccache'],
  ['a service that is told the machine’s role', 's3', { endpoint: 'https://a.example' }, 'sts_endpoint'],
  ['an option of rclone itself', 'sftp', HOST, 'override.metadata_mapper'],
  ['another of those', 'sftp', HOST, 'global.password_command'],
]

describe.each(dangerous)('%s', (_, type, settings, option) => {
  test('is refused by the verb', async () => {
    await expect(create(type, { ...settings, [option]: '/bin/sh' })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
  test('is refused by the agent', async () => {
    const place = stored(type, { ...settings, [option]: '/bin/sh' })
    expect(await openPlace(agent.slot, agent.opener, place)).toMatchObject({ cause: 'secret' })
    expect(() => storageOf({ type, root: '', path: '', settings: { [option]: '/bin/sh' } })).toThrow(
      RangeError,
    )
  })
})

const SHELL = ':sftp,ssh="/bin/sh -c id":'
const connections: [string, Record<string, string>][] = [
  ['alias', { remote: SHELL }],
  ['alias', { remote: `:local:/etc` }],
  ['alias', { remote: 'endpoint-x:/etc' }],
  ['alias', { remote: '/etc' }],
  ['alias', { remote: `endpoint:${base.id}${SHELL}` }],
  ['alias', { remote: `endpoint:${base.id}/../..` }],
  ['alias', { remote: `endpoint:${base.id}/a/../../x` }],
  ['alias', { remote: `endpoint:${base.id}/a\n${SHELL}` }],
  ['crypt', { remote: SHELL, password: 'secret' }],
  ['crypt', { remote: `endpoint:${base.id}/..`, password: 'secret' }],
  ['chunker', { remote: ':local:/etc' }],
  ['compress', { remote: ':local:/etc' }],
  ['hasher', { remote: ':local:/etc' }],
  ['union', { upstreams: SHELL }],
  ['union', { upstreams: `endpoint:${base.id}\n:local:/etc` }],
  ['union', { upstreams: `endpoint:${base.id} :local:/etc` }],
  ['union', { upstreams: `endpoint:${base.id}/..:ro` }],
  ['combine', { upstreams: `a=${SHELL}` }],
  ['combine', { upstreams: `a=endpoint:${base.id}/../x` }],
]

describe.each(connections)('%s over %j', (type, settings) => {
  test('is refused by the verb', async () => {
    await expect(create(type, settings)).rejects.toMatchObject({ kind: 'invalid' })
  })
  test('is refused by the agent', async () => {
    const { id: row, type: over, path: root } = base
    const wrapped = [{ row, type: over, root, settings: {}, secrets: {}, deleted: false }]
    const { password: _, ...shown } = settings as Record<string, string>
    expect(await openPlace(agent.slot, agent.opener, stored(type, shown, wrapped))).toMatchObject({
      cause: 'secret',
    })
  })
})

describe('paths', () => {
  test.each(['../x', 'a/../../x', '..', 'a\\..\\x'])('an endpoint at %s is refused', async (path) => {
    await expect(create('s3', { endpoint: 'https://a.example' }, path)).rejects.toMatchObject({
      kind: 'invalid',
    })
    await expect(create('alias', { remote: `endpoint:${base.id}` }, path)).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
  test.each(['../x', 'a/../../x', ':sftp,ssh=sh:', '/etc'])('a job from %s is refused', async (path) => {
    const job = warehouse.begin({ from: [base, path], to: [base, 'somewhere'] })
    await expect(job).rejects.toMatchObject({ kind: 'invalid' })
  })
  test('a root that looks like a connection is a folder’s name', async () => {
    const odd = await plant(join(warehouse.root, ':sftp,ssh=sh:'), { 'a.txt': 'a' })
    const end = await warehouse.endpoint('odd', { type: 'local', path: odd, settings: {} })
    expect(await warehouse.run({ from: [end, ''], to: [base, 'from odd'] })).toMatchObject({ files: 1 })
  })
  test('a link out of the folders below an endpoint that lies over them is refused', async () => {
    const outside = await plant(await tempFolder(onTestFinished), { 'secret.txt': 'secret' })
    mkdirSync(join(warehouse.root, 'linked'))
    symlinkSync(outside, join(warehouse.root, 'linked', 'out'))
    const alias = await create('alias', { remote: `endpoint:${base.id}/linked/out` })
    const target = await warehouse.endpoint('target', {
      ...{ type: 'local', path: await plant(join(warehouse.root, 'target'), {}), settings: {} },
    })
    expect(await warehouse.run({ from: [alias, ''], to: [target, ''] })).toMatchObject({
      ...{ state: 'failed', errorCause: 'outside_roots' },
    })
    expect(treeOf(join(warehouse.root, 'target'))).toEqual({})
  })
})

describe('secrets by reference', () => {
  const wrong = [
    ...['env:PATH', 'env:FILE_ORBIT_SECRET_KEY', 'env:FILE_ORBIT_SECRET_FILES', 'env:AUTH_SECRET', 'env:'],
    ...[
      'env:DATABASE_URL',
      'env:FILE_ORBIT_SECRET_a',
      'file:../key',
      'file:a/../../key',
      'file:/etc/shadow',
      'file:',
    ],
  ]
  test.each(wrong)('%s is refused by the verb and by the agent', async (reference) => {
    await expect(create('smb', { host: 'a.example', pass: reference })).rejects.toMatchObject({
      kind: 'invalid',
    })
    const place = stored('smb', { host: 'a.example', pass: reference })
    expect(await openPlace(agent.slot, agent.opener, place)).toMatchObject({ cause: 'secret' })
  })
  test('a link out of the folder of secrets is not followed', async () => {
    const folder = await plant(await tempFolder(onTestFinished), { right: 'right\n', 'below/too': 'too' })
    const outside = await plant(await tempFolder(onTestFinished), { key: 'private' })
    symlinkSync(join(outside, 'key'), join(folder, 'link'))
    symlinkSync(outside, join(folder, 'folder'))
    const sources = secretSources({ FILE_ORBIT_SECRET_NAS: 'nas', PATH: '/bin' }, folder)
    expect(await readReference(sources, 'file:right')).toBe('right')
    expect(await readReference(sources, 'file:below/too')).toBe('too')
    expect(await readReference(sources, 'env:FILE_ORBIT_SECRET_NAS')).toBe('nas')
    for (const name of ['link', 'folder/key', '.', 'missing']) {
      await expect(readReference(sources, `file:${name}`)).rejects.toMatchObject({ kind: 'unavailable' })
    }
  })
})

describe.skipIf(cannotRun('ssh'))('with a server', () => {
  test('host keys cannot be unset: what the server shows has to be accepted again', async () => {
    // The worker of this file refuses this machine; the one who asks is told so instead of a key.
    const server = await startSsh(afterAll)
    const end = await warehouse.endpoint('pinned', server)
    const unset = updateEndpoint({ ctx, id: end.id, input: { settings: { host_keys: '' } } })
    await expect(unset).rejects.toMatchObject({ kind: 'invalid', issues: [{ path: 'settings.host' }] })
    const { host_keys: _, ...rest } = server.settings
    expect(
      await openPlace(agent.slot, agent.opener, await agent.asked({ ...server, settings: rest })),
    ).toMatchObject({
      cause: 'secret',
    })
  })

  test('a closed host is refused by the agent, at a test and at a transfer', async () => {
    const server = await startSsh(afterAll)
    await plant(server.folder, { 'a.txt': 'a' })
    // This process lets it through, as a web process without the setting would.
    for (const host of ['127.0.0.1', 'localhost', '2130706433']) {
      const end = await warehouse.endpoint(`closed ${host}`, {
        ...server,
        settings: { ...server.settings, host },
      })
      const { ok, stages } = await testEndpoint({ ctx, id: end.id })
      expect([ok, stages.at(-1)]).toMatchObject([false, { stage: 'resolve', cause: 'host_refused' }])
      const job = await warehouse.run({ from: [end, ''], to: [base, 'never'] })
      expect(job).toMatchObject({ state: 'failed', errorCause: 'host_refused', attempt: 1 })
    }
    process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = '1'
    const refused = create('sftp', { ...server.settings, host: '0x7f.1' })
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', issues: [{ path: 'settings.host' }] })
    delete process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS
  })
})
