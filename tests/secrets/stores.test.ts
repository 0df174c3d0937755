import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { whyNotReference } from '#lib/endpoints/secret-references.ts'
import { readEnv } from '#lib/env.ts'
import { newKeyText, parseKeyRing, publicText } from '#lib/secrets/keys.ts'
import { keyClient } from '#tests/support/api.ts'
import { runCommand } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { type AwsServer, startFakeAws, startMotoAws } from '#tests/support/servers/aws.ts'
import { hasMoto } from '#tests/support/servers/s3.ts'
import { startVault } from '#tests/support/servers/vault.ts'
import { startWebdav } from '#tests/support/servers/webdav.ts'
import { startWeb } from '#tests/support/web.ts'
import { openKeyRing } from '#workers/secrets/key-ring.ts'
import { readReference } from '#workers/secrets/secret-sources.ts'
import { secretStores } from '#workers/secrets/stores/allowed-stores.ts'

// AWS's own SDK against moto where it is installed, and everywhere against a small server of ours.

afterEach(() => vi.unstubAllEnvs())

const useAws = ({ env }: AwsServer) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
}
const read = (allowed: string[], reference: string, variables: Record<string, string> = {}) =>
  readReference(secretStores(allowed, variables), reference)

const servers = [
  { name: 'our own fake', start: startFakeAws },
  ...(hasMoto() ? [{ name: 'moto', start: startMotoAws }] : []),
]

describe.each(servers)('AWS: $name', ({ start }) => {
  let aws: AwsServer
  let arn = ''
  beforeAll(async () => {
    aws = await start(afterAll)
    useAws(aws)
    const client = new SecretsManagerClient({})
    const make = (Name: string, SecretString: string) =>
      client.send(new CreateSecretCommand({ Name, SecretString }))
    await make('file-orbit/plain', 'a pass-wörd\n with two lines')
    const made = await make('file-orbit/nas', JSON.stringify({ password: 'of the nas', port: 22, deep: {} }))
    arn = made.ARN!
    await make('payroll/root', 'none of our business')
    vi.unstubAllEnvs()
  })

  test('a secret by name, by ARN, and one value of a JSON one', async () => {
    useAws(aws)
    const allowed = ['aws-secret:file-orbit/', `aws-secret:${arn.split(':secret:')[0]}:secret:file-orbit/`]
    expect(await read(allowed, 'aws-secret:file-orbit/plain')).toBe('a pass-wörd\n with two lines')
    expect(await read(allowed, 'aws-secret:file-orbit/nas#password')).toBe('of the nas')
    expect(await read(allowed, 'aws-secret:file-orbit/nas#port')).toBe('22')
    expect(await read(allowed, `aws-secret:${arn}#password`)).toBe('of the nas')
  })

  test('what is not there, not JSON or not allowed is told, without any of it', async () => {
    useAws(aws)
    const allowed = ['aws-secret:file-orbit/']
    for (const [reference, words] of [
      ['aws-secret:file-orbit/gone', /does not exist at AWS in this region/],
      ['aws-secret:file-orbit/plain#x', /is not JSON, so it has no "x"/],
      ['aws-secret:file-orbit/nas#gone', /has no "gone"/],
      ['aws-secret:file-orbit/nas#deep', /has no "deep"/],
      ['aws-secret:payroll/root', /only references that begin with aws-secret:file-orbit\//],
    ] as const) {
      const refused = read(allowed, reference)
      await expect(refused).rejects.toThrow(words)
      await expect(refused).rejects.toMatchObject({ kind: 'unavailable' })
      await expect(refused).rejects.not.toThrow(/of the nas|pass-w|business/)
    }
    await expect(read([], 'aws-secret:file-orbit/nas')).rejects.toThrow(
      'FILE_ORBIT_SECRET_STORES allows none',
    )
  })

  test('nobody signed in, and nobody there', async () => {
    const allowed = ['aws-secret:']
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _key, ...env } = aws.env
    useAws({ env: { ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', HOME: '/nonexistent' } })
    await expect(read(allowed, 'aws-secret:x')).rejects.toThrow('no credentials that AWS takes')
    useAws({ env: { ...aws.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } })
    await expect(read(allowed, 'aws-secret:x')).rejects.toThrow('cannot be read from AWS now (ECONNREFUSED)')
    useAws({ env: { ...aws.env, HOME: '/nonexistent' } })
    vi.stubEnv('AWS_REGION', undefined)
    await expect(read(allowed, 'aws-secret:x')).rejects.toThrow('AWS_REGION is not set')
  })

  const wrap = async (plain: Buffer): Promise<string> => {
    const client = new KMSClient({})
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: plain }),
    )
    return `aws-kms:${Buffer.from(CiphertextBlob!).toString('base64')}`
  }

  test('the master key wrapped by KMS, as bytes or as openssl prints it, beside plain ones', async () => {
    useAws(aws)
    const [first, second, third] = [newKeyText(), newKeyText(), newKeyText()]
    const bytes = await wrap(Buffer.from(first, 'base64url'))
    const asText = await wrap(Buffer.from(`${Buffer.from(second, 'base64url').toString('base64')}\n`))
    const text = `${bytes} ${third},${asText}`
    expect(readEnv({ FILE_ORBIT_SECRET_KEY: text }).secretKey).toBe(text)
    const ring = await openKeyRing(text)
    expect(ring.map((key) => key.public.id)).toEqual(
      parseKeyRing(`${first} ${third} ${second}`).map((key) => key.public.id),
    )
    const { out, err } = await runCommand(['secrets', 'public-key'], {
      ...{ ...aws.env, FILE_ORBIT_SECRET_KEY: text },
    })
    expect(out.trim(), err).toBe(publicText(parseKeyRing(first)[0].public))
    await expect(openKeyRing(await wrap(Buffer.from('short')))).rejects.toThrow('a key has 32')
    const stranger = `aws-kms:${Buffer.alloc(80, 1).toString('base64')}`
    await expect(openKeyRing(stranger)).rejects.toThrow(/not made by a key|another account or region/)
  })

  test('a worker starts with a wrapped key and opens what its endpoint names', {
    timeout: 120_000,
  }, async () => {
    useAws(aws)
    const plain = newKeyText()
    const wrapped = await wrap(Buffer.from(plain, 'base64url'))
    const dav = await startWebdav(onTestFinished, inject('rclone'), { password: 'of the nas' })
    const depot = await openDepot(undefined, onTestFinished)
    await depot.worker(onTestFinished, {
      env: {
        ...aws.env,
        FILE_ORBIT_SECRET_KEY: wrapped,
        FILE_ORBIT_SECRET_STORES: 'aws-secret:file-orbit/',
      },
    })
    const web = await startWeb(depot.database.url, onTestFinished, { FILE_ORBIT_SECRET_KEY: plain })
    const api = await keyClient(web.url, depot.ctx, 'operator')
    const settings = { ...dav.settings, pass: 'aws-secret:file-orbit/nas#password' }
    const made = await api.post<Endpoint>('/endpoints', { name: 'dav', type: 'webdav', settings })
    expect(made.body.settings.pass).toEqual({ set: true, reference: settings.pass })
    expect((await api.post(`/endpoints/${made.body.id}/test`)).body).toMatchObject({ ok: true })
    // A sealed one beside it, opened by the same key.
    const sealed = { name: 'sealed', type: 'webdav', settings: dav.settings }
    const other = await api.post<Endpoint>('/endpoints', sealed)
    expect((await api.post(`/endpoints/${other.body.id}/test`)).body).toMatchObject({ ok: true })
    const wrong = { ...dav.settings, pass: 'aws-secret:payroll/root' }
    const refused = await api.post('/endpoints/test', { type: 'webdav', settings: wrong })
    expect(JSON.stringify(refused.body)).toContain('only references that begin with')
  })

  test('a wrapped key that cannot be had ends the start in words', async () => {
    const depot = await openDepot(undefined, onTestFinished)
    const wrapped = `aws-kms:${Buffer.alloc(80, 1).toString('base64')}`
    const worker = await depot.launch(onTestFinished, {
      env: { ...aws.env, FILE_ORBIT_SECRET_KEY: wrapped },
    })
    await expect(worker.ready).rejects.toThrow()
    expect(worker.output()).toMatch(
      /The key in FILE_ORBIT_SECRET_KEY that is wrapped by AWS KMS (was not|may not)/,
    )
  })
})

describe('Vault', () => {
  test('a value by mount, path and key, with a token or as an AppRole', async () => {
    const vault = await startVault(onTestFinished)
    vault.secrets.set('secret/file-orbit/nas', { password: 'of the nas', port: 22 })
    vault.secrets.set('team kv/file-orbit/odd name ✓', { 'a key': 'odd' })
    const VAULT_ADDR = `${vault.address}/`
    const byToken = { VAULT_ADDR, VAULT_TOKEN: vault.token }
    const byRole = { VAULT_ADDR, VAULT_ROLE_ID: vault.role.role_id, VAULT_SECRET_ID: vault.role.secret_id }
    const allowed = ['vault:secret/file-orbit/', 'vault:team kv/']
    for (const variables of [byToken, byRole]) {
      expect(await read(allowed, 'vault:secret/file-orbit/nas#password', variables)).toBe('of the nas')
    }
    expect(await read(allowed, 'vault:secret/file-orbit/nas#port', byToken)).toBe('22')
    // One source keeps what it was given, until it is taken away.
    const stores = secretStores(allowed, byRole)
    const name = 'vault:secret/file-orbit/nas#password'
    const before = vault.logins()
    for (let time = 0; time < 3; time += 1) await readReference(stores, name)
    expect(vault.logins()).toBe(before + 1)
    vault.revoke()
    expect(await readReference(stores, name)).toBe('of the nas')
    expect(vault.logins()).toBe(before + 2)
  })

  test('each refusal says what to do, and tells nothing of a secret', async () => {
    const vault = await startVault(onTestFinished)
    vault.secrets.set('secret/nas', { password: 'of the nas' })
    vault.secrets.set('secret/gone', null)
    vault.secrets.set('secret/closed', { password: 'of the nas' })
    vault.forbidden.add('secret/closed')
    const signedIn = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token }
    const all = ['vault:secret/']
    const cases: [string, Record<string, string>, RegExp, string[]?][] = [
      ['vault:secret/none#x', signedIn, /has no secret\/none, or its newest version is deleted/],
      ['vault:secret/gone#x', signedIn, /newest version is deleted/],
      ['vault:secret/nas#gone', signedIn, /secret\/nas has no "gone"/],
      ['vault:secret/closed#password', signedIn, /does not let the agent read secret\/closed/],
      ['vault:other/nas#x', signedIn, /only references that begin with vault:secret\//],
      ['vault:secret/nas#x', signedIn, /allows none/, []],
      ['vault:secret/nas#x', { VAULT_ADDR: vault.address }, /set VAULT_TOKEN, or VAULT_ROLE_ID/],
      ['vault:secret/nas#x', { VAULT_TOKEN: 't' }, /VAULT_ADDR is not set/],
      ['vault:secret/nas#x', { VAULT_TOKEN: 't', VAULT_ADDR: 'http://vault.example' }, /must be https/],
      [
        'vault:secret/nas#x',
        { ...signedIn, VAULT_ADDR: 'http://127.0.0.1:9' },
        /does not answer at VAULT_ADDR/,
      ],
      [
        'vault:secret/nas#x',
        { VAULT_ADDR: vault.address, VAULT_ROLE_ID: 'a', VAULT_SECRET_ID: 'b' },
        /did not take the agent’s AppRole \(400\)/,
      ],
    ]
    for (const [reference, variables, words, allowed = all] of cases) {
      const refused = read(allowed, reference, variables)
      await expect(refused).rejects.toThrow(words)
      await expect(refused).rejects.not.toThrow(/of the nas|hvs\./)
    }
  })
})

test.each([
  ['aws-secret:file-orbit/nas', true],
  ['aws-secret:file-orbit/nas#password', true],
  ['aws-secret:arn:aws:secretsmanager:eu-central-1:123456789012:secret:file-orbit/nas-AbCdEf#a b', true],
  ['aws-secret:', false],
  ['aws-secret:a b', false],
  ['aws-secret:a#', false],
  ['aws-secret:a#b#c', false],
  ['vault:secret/nas#password', true],
  ['vault:secret/deep/er/nas#pass word', true],
  ['vault:secret#password', false],
  ['vault:secret/nas', false],
  ['vault:secret/../sys/nas#x', false],
  ['vault:secret/./nas#x', false],
  ['vault:secret//nas#x', false],
  ['vault:secret/%2e%2e/nas#x', false],
  ['vault:secret/nas?version=1#x', false],
  ['vault:/secret/nas#x', false],
  ['other:thing', true],
])('the form of %s is right: %s', (reference, isRight) => {
  expect(whyNotReference(reference) === null).toBe(isRight)
})

test('the setting takes beginnings of references alone', () => {
  expect(readEnv({ FILE_ORBIT_SECRET_STORES: 'aws-secret:a/ vault:b/c/' }).secretStores).toEqual([
    ...['aws-secret:a/', 'vault:b/c/'],
  ])
  expect(readEnv({}).secretStores).toEqual([])
  expect(() => readEnv({ FILE_ORBIT_SECRET_STORES: 'env:' })).toThrow('beginnings of references')
})
