import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { openAgent, type Server } from '#tests/support/asked.ts'
import { startFtp } from '#tests/support/servers/ftp.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { startWebdav } from '#tests/support/servers/webdav.ts'
import { testPlace } from '#workers/endpoints/test-endpoint.ts'

const agent = await openAgent()

async function tested(server: Server, write = true) {
  return testPlace(agent.slot, agent.opener, await agent.asked(server), { write })
}

/** The names of stages that passed; of one that failed its cause. */
async function stagesOf(server: Server, write = true): Promise<string[]> {
  const { stages } = await tested(server, write)
  return stages.map(({ stage, cause, message }) => (cause ? `${stage}: ${cause}: ${message}` : stage))
}

/** A key of another kind, in the form of a known_hosts line. */
function ecdsaBlob(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const parts = [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point].flatMap((part) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return [length, part]
  })
  return Buffer.concat(parts).toString('base64')
}

const reached = ['settings', 'resolve', 'connect']
const used = ['sign_in', 'list', 'write']

describe('a right endpoint passes each stage, and nothing of the test stays', () => {
  test.skipIf(cannotRun('ssh'))('SFTP: password, key, key with a passphrase', async () => {
    const server = await startSsh(onTestFinished)
    for (const settings of [server.settings, server.keySettings, server.encryptedKeySettings]) {
      expect(await stagesOf({ ...server, settings })).toEqual([...reached, 'secure', ...used])
    }
    expect(readdirSync(server.folder)).toEqual([])
  })

  test.skipIf(cannotRun('ssh'))(
    'SFTP without an accepted host key does not: no password is sent',
    async () => {
      const server = await startSsh(onTestFinished)
      const { host_keys: _, ...settings } = server.settings
      expect((await stagesOf({ ...server, settings })).at(-1)).toMatch(/host key/)
      // Of several kinds that were accepted the one that the server has is asked for.
      const other = `ecdsa-sha2-nistp256 ${ecdsaBlob()}, ${server.hostKey}`
      const both = { ...server, settings: { ...settings, host_keys: other } }
      expect(await stagesOf(both)).toEqual([...reached, 'secure', ...used])
    },
  )

  test.skipIf(cannotRun('samba'))('SMB, and without a share its list of shares', async () => {
    const server = await startSamba(onTestFinished)
    expect(await stagesOf(server)).toEqual([...reached, ...used])
    const shares = await tested({ ...server, path: '' }, false)
    expect(shares.stages.at(-1)).toMatchObject({ stage: 'list', ok: true, message: 'Listed 3 entries.' })
    expect((await stagesOf({ ...server, path: '' })).at(-1)).toMatch(
      /^write: container_missing: Write a share/,
    )
  })

  test.skipIf(cannotRun('ftp'))('FTP, plain and with TLS', async () => {
    const server = await startFtp(onTestFinished)
    expect(await stagesOf(server)).toEqual([...reached, ...used])
    const secure = { ...server, settings: server.tlsSettings }
    expect(await stagesOf(secure)).toEqual([...reached, 'secure', ...used])
  })

  test('WebDAV', async () => {
    const server = await startWebdav(onTestFinished, inject('rclone'))
    expect(await stagesOf(server)).toEqual([...reached, ...used])
  })

  test('S3: a bucket, a prefix that is not there yet, all buckets', async () => {
    const server = await startS3(onTestFinished, { backend: 'fauxqs' })
    expect(await stagesOf(server)).toEqual([...reached, ...used])
    expect(await stagesOf({ ...server, path: `${server.path}/not/yet` })).toEqual([...reached, ...used])
    expect(await stagesOf({ ...server, path: '' }, false)).toEqual([...reached, 'sign_in', 'list'])
  })

  test('S3: a key for one prefix of one bucket, which may neither list buckets nor the bucket', async () => {
    const server = await startS3(onTestFinished, { backend: 'fauxqs' })
    server.rules.forbids = ({ bucket, key, method }) =>
      bucket !== server.bucket || (method === 'PUT' && !key.startsWith('mine/'))
    const settings = { ...server.settings, no_check_bucket: 'true' }
    expect(await stagesOf({ ...server, settings, path: `${server.bucket}/mine` })).toEqual([
      ...reached,
      ...used,
    ])
    expect((await stagesOf({ ...server, settings })).at(-1)).toMatch(/^write: permission/)
    expect((await stagesOf({ ...server, settings, path: '' })).at(-1)).toMatch(/^list: permission/)
  })
})

describe('a web site is no storage, however it answers', () => {
  test.each([
    ['404', 404, 'text/html'],
    ['200', 200, 'text/html'],
    ['200 in JSON', 200, 'application/json'],
    ['405', 405, 'text/plain'],
  ])('%s', async (_, status, type) => {
    const site = createServer((request, response) => {
      request.resume()
      response.writeHead(status, { 'content-type': type }).end('<!doctype html><html></html>')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void site.close())
    await once(site, 'listening')
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const s3 = { provider: 'Other', access_key_id: 'a', secret_access_key: 'a', force_path_style: 'true' }
    for (const path of ['orbit', 'orbit/a']) {
      const { ok, stages } = await tested({ type: 's3', settings: { ...s3, endpoint: url }, path }, false)
      expect(ok).toBe(false)
      expect(stages.at(-1)!.message).toMatch(/No S3 server answers there/)
    }
    const dav = { url: `${url}/dav`, vendor: 'other', user: 'a', pass: 'abc' }
    for (const path of ['', 'folder']) {
      const { ok, stages } = await tested({ type: 'webdav', settings: dav, path }, false)
      expect(ok).toBe(false)
      expect(stages.at(-1)!.message).toMatch(/No WebDAV server answers there/)
    }
  })
})
