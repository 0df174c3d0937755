import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildPages } from '#bin/build.ts'
import { buildEnvironment } from '#bin/children.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { temporaryFolder } from '#tests/start/folders.ts'
import { ROOT, startHouse } from '#tests/start/house.ts'
import { eventually } from '#tests/start/processes.ts'
import { client } from '#tests/support/api.ts'
import {
  type Canaries,
  canariesIn,
  canariesInFiles,
  canariesInProcesses,
  canariesInRows,
  obscuredCanariesIn,
} from '#tests/support/canaries.ts'
import { runCommand } from '#tests/support/cli.ts'
import { plantLarge } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startS3 } from '#tests/support/servers/s3.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'

// Secrets of endpoints that nobody could mistake; transfers that use each of them; then a look into every corner of
// the machine, while they run and after.

beforeAll(() => buildPages({ root: ROOT, env: buildEnvironment(), say: () => {} }), 300_000)

const skipped = cannotRun('ssh') || process.platform !== 'linux'

test.skipIf(skipped)(
  'secrets of endpoints are nowhere but where they are used',
  { timeout: 300_000 },
  async () => {
    const [dataDir, roots, secretFiles] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
    ]
    await mkdir(join(roots, 'in'))
    await plantLarge(join(roots, 'in', 'large.mxf'), 4 * 1024 * 1024)
    const given = {
      password: 'canary-sftp-password-91af',
      wrong: 'canary-wrong-password-22c0',
      crypt: 'canary-crypt-password-5d17',
      salt: 'canary-crypt-salt-password-08be',
      file: 'canary-password-of-a-file-77e2',
      conf: 'canary-secret-of-a-configuration-31d7',
      confPassword: 'canary-password-of-a-configuration-90aa',
      cookie: 'canary-cookie-among-headers-c41b',
      proxy: 'canary-password-of-a-proxy-6e09',
    }
    const ssh = await startSsh(onTestFinished, { password: given.password })
    const byFile = await startSsh(onTestFinished, { password: given.file })
    const s3 = await startS3(onTestFinished)
    s3.rules.secretKey = 'canary-s3-secret-access-key-4b6f01'
    await writeFile(join(secretFiles, 'nas'), `${given.file}\n`, { mode: 0o600 })
    const { encryptedKeySettings } = ssh
    const canaries: Canaries = {
      'SFTP password': given.password,
      'mistyped password': given.wrong,
      'private key': encryptedKeySettings.key_pem!.split('\n')[3]!,
      passphrase: encryptedKeySettings.key_file_pass!,
      'S3 secret key': s3.rules.secretKey,
      'crypt password': given.crypt,
      'crypt salt': given.salt,
      'password of a file': given.file,
      'secret of a configuration': given.conf,
      'password of a configuration': given.confPassword,
      'cookie among headers': given.cookie,
      'password of a proxy': given.proxy,
    }
    expect(Object.values(canaries).every((secret) => secret.length >= 15)).toBe(true)

    const house = await startHouse({
      dataDir,
      env: { FILE_ORBIT_LOCAL_ROOTS: roots, FILE_ORBIT_SECRET_FILES: secretFiles, FILE_ORBIT_SLOTS: '8' },
    })
    await house.line(/^File Orbit is ready at /)
    const made = await runCommand(['api-keys', 'create', '--name', 'canary', '--role', 'owner', '--json'], {
      FILE_ORBIT_DATA_DIR: dataDir,
    })
    const api = client(house.url, {
      authorization: `Bearer ${(JSON.parse(made.out) as { key: string }).key}`,
    })
    const said: string[] = []
    const hear = async <T extends { status: number; body: unknown }>(answer: Promise<T>): Promise<T> => {
      const heard = await answer
      said.push(JSON.stringify(heard.body))
      return heard
    }
    const endpoint = async (name: string, type: string, path: string, settings: Record<string, string>) => {
      const answer = await hear(api.post<Endpoint>('/endpoints', { name, type, path, settings }))
      expect(answer.status, `${name}: ${JSON.stringify(answer.body)}`).toBe(201)
      return answer.body.id
    }
    const source = await endpoint('in', 'local', join(roots, 'in'), {})
    const nas = await endpoint('nas', 'sftp', 'by-password', ssh.settings)
    const crypt = { remote: `endpoint:${nas}/vault`, password: given.crypt, password2: given.salt }
    const places: Record<string, string> = {
      nas,
      key: await endpoint('key', 'sftp', 'by-key', encryptedKeySettings),
      s3: await endpoint('s3', 's3', s3.path, { ...s3.settings, secret_access_key: s3.rules.secretKey }),
      crypt: await endpoint('crypt', 'crypt', '', crypt),
      file: await endpoint('file', 'sftp', '', { ...byFile.settings, pass: 'file:nas' }),
      wrong: await endpoint('wrong', 'sftp', '', { ...ssh.settings, pass: given.wrong }),
    }

    // Nobody is there; what rclone says of that is told.
    const nobody = 'http://127.0.0.1:9'
    const unmarked = [
      await endpoint('cookie', 'webdav', '', { url: nobody, headers: `Cookie,${given.cookie}` }),
      await endpoint('proxy', 'ftp', '', {
        ...{ host: '127.0.0.1', http_proxy: `http://me:${given.proxy}@127.0.0.1:9` },
      }),
    ]

    const begin = async (to: string, options: object) => {
      const body = {
        ...{ operation: 'copy', options },
        source: { endpointId: source, path: '' },
        destination: { endpointId: places[to], path: '' },
      }
      return (await hear(api.post<Job>('/jobs', body))).body.id
    }
    const read = async (id: string) => (await hear(api.get<Job>(`/jobs/${id}`))).body
    const working = Object.keys(places).filter((name) => name !== 'wrong')
    const slow = await Promise.all(working.map((to) => begin(to, { bandwidth: '64K' })))
    const refused = await begin('wrong', {})
    for (const id of slow) {
      await eventually('it moves bytes', async () => (await read(id)).bytes > 0, 60_000)
    }
    await eventually('the wrong one is told', async () => (await read(refused)).error !== null, 60_000)
    // While they run.
    expect(canariesInProcesses(canaries)).toEqual([])
    expect(canariesInFiles(join(dataDir, 'run'), canaries)).toEqual([])
    for (const id of slow) expect((await read(id)).state).toBe('running')

    for (const id of slow) await hear(api.patch(`/jobs/${id}`, { bandwidth: null }))
    for (const id of slow) {
      await eventually('it has ended', async () => (await read(id)).finishedAt !== null, 120_000)
      expect(await read(id)).toMatchObject({ state: 'completed' })
    }
    await hear(api.post(`/jobs/${refused}/cancel`))
    for (const id of [...slow, refused]) {
      for (const path of ['/log', '/transfers']) await hear(api.get(`/jobs/${id}${path}`))
    }
    for (const [name, id] of Object.entries(places)) {
      const tested = await hear(api.post<{ ok: boolean }>(`/endpoints/${id}/test`, { write: true }))
      expect(tested.body.ok, name).toBe(name !== 'wrong')
      await hear(api.get(`/endpoints/${id}`))
      await hear(api.get(`/endpoints/${id}/files`))
    }
    for (const id of unmarked) {
      const tested = await hear(api.post<{ ok: boolean }>(`/endpoints/${id}/test`, {}))
      expect(tested.body.ok).toBe(false)
      await hear(api.get(`/endpoints/${id}`))
    }
    const unsaved = { type: 'sftp', settings: { ...ssh.settings, pass: given.wrong } }
    await hear(api.post('/endpoints/test', unsaved))
    // Refused ones, with a secret where one may be mistaken for something else.
    for (const settings of [{ pas: given.password }, { ssh: given.password }, { pass: [given.password] }]) {
      await hear(api.post('/endpoints', { name: 'x', type: 'sftp', settings }))
    }
    await hear(api.get('/endpoints'))

    // A whole configuration passes through the database to the worker and, on the machine itself, back.
    const clear = `[conf]\ntype = s3\nprovider = AWS\naccess_key_id = A\nsecret_access_key = ${given.conf}\n`
    expect((await hear(api.post('/endpoints/import', { text: clear }))).status).toBe(201)
    const wrong = { text: 'RCLONE_ENCRYPT_V0:\nAAAA', password: given.confPassword }
    expect((await hear(api.post('/endpoints/import', wrong))).status).toBe(422)
    const out = join(await temporaryFolder(), 'rclone.conf')
    const args = ['endpoints', 'export', '--output', out]
    const exported = await runCommand(args, { FILE_ORBIT_DATA_DIR: dataDir })
    expect(exported.status, exported.err).toBe(0)
    const conf = readFileSync(out, 'utf8')
    expect(canariesIn(conf, canaries)).toContain('secret of a configuration')
    expect(obscuredCanariesIn(conf, canaries)).toContain('SFTP password')

    const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim()
    expect(canariesIn(said.join('\n'), canaries)).toEqual([])
    expect(await canariesInRows(databaseUrl, canaries)).toEqual([])
    // All that was ever written to the database, deleted rows included, and every log.
    expect(canariesInFiles(dataDir, canaries)).toEqual([])
    expect(canariesIn(house.lines.join('\n'), canaries)).toEqual([])
    expect(canariesInProcesses(canaries)).toEqual([])
    const logs = readdirSync(join(dataDir, 'logs')).map((name) =>
      readFileSync(join(dataDir, 'logs', name), 'latin1'),
    )
    expect(obscuredCanariesIn([...logs, ...said, ...house.lines].join('\n'), canaries)).toEqual([])
    // The search finds what is there.
    expect(canariesInFiles(secretFiles, canaries)).toHaveLength(1)
    expect(await readFile(join(dataDir, 'logs', 'worker.log'), 'utf8')).not.toBe('')
  },
)
