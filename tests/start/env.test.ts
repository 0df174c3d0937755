import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findDatabaseUrl } from '#lib/data-dir.ts'
import { originOf, readEnv } from '#lib/env.ts'
import { InvalidError } from '#lib/errors.ts'
import { temporaryFolder } from './folders.ts'

describe('settings', () => {
  test('have defaults, and an empty value counts as unset', () => {
    const env = readEnv({ PORT: '', FILE_ORBIT_LOCAL_ROOTS: '', DATABASE_URL: '' })
    expect(env).toEqual(readEnv({}))
    expect(env).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      slots: 4,
      keepMonths: 13,
      silenceSeconds: 600,
      databaseUrl: undefined,
      localRoots: undefined,
    })
    expect(env.dataDir).toBe(join(process.cwd(), '.data'))
    expect(env.logDir).toBe(join(process.cwd(), '.data', 'logs'))
  })

  test('are read', () => {
    const env = readEnv({
      PORT: '8080',
      FILE_ORBIT_DATA_DIR: '/srv/orbit/',
      FILE_ORBIT_LOCAL_ROOTS: '/srv/a/:/srv/b c:/srv/a',
      FILE_ORBIT_PUBLIC_URL: 'https://files.example.org/',
      FILE_ORBIT_SLOTS: '64',
      FILE_ORBIT_KEEP_MONTHS: '0',
    })
    expect(env).toMatchObject({
      port: 8080,
      dataDir: '/srv/orbit',
      logDir: '/srv/orbit/logs',
      slots: 64,
      keepMonths: 0,
    })
    expect(env.localRoots).toEqual(['/srv/a', '/srv/b c'])
    expect(env.publicUrl).toBe('https://files.example.org')
  })

  test('that are wrong are all named at once, with what is expected; secrets are not repeated', () => {
    const wrong = {
      PORT: '70000',
      HOST: 'a b',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
      FILE_ORBIT_LOCAL_ROOTS: 'relative:/srv',
      FILE_ORBIT_SLOTS: '0',
      FILE_ORBIT_KEEP_MONTHS: '-1',
      FILE_ORBIT_PUBLIC_URL: 'https://files.example.org/orbit',
      FILE_ORBIT_ADMIN_PASSWORD: 'correct horse',
    }
    const error = refusal(wrong)
    const named = error.issues.map((issue) => issue.path).sort()
    const lacking = 'FILE_ORBIT_ADMIN_EMAIL'
    expect(named).toEqual(
      [...Object.keys(wrong).filter((name) => !name.endsWith('PASSWORD')), lacking].sort(),
    )
    expect(error.message).toContain('PORT is "70000"; expected a whole number from 1 to 65535')
    expect(error.message).toContain(
      `${lacking} is not set; expected a value, because FILE_ORBIT_ADMIN_PASSWORD is set`,
    )
    expect(error.message).not.toMatch(/hunter2|correct horse/)
  })

  test('of services that sign people in turn each on by its own', () => {
    expect(readEnv({}).oauth).toEqual({})
    const env = readEnv({
      FILE_ORBIT_GITHUB_ID: 'gh',
      FILE_ORBIT_GITHUB_SECRET: 'hunter2',
      FILE_ORBIT_OIDC_ISSUER: 'https://id.example.org/realms/studio',
      FILE_ORBIT_OIDC_ID: 'oidc',
      FILE_ORBIT_OIDC_SECRET: 'hunter3',
      FILE_ORBIT_OAUTH_SIGNUP: 'viewer',
    })
    expect(env.oauth).toEqual({
      github: { id: 'gh', secret: 'hunter2' },
      oidc: {
        ...{ id: 'oidc', secret: 'hunter3', issuer: 'https://id.example.org/realms/studio' },
        name: 'id.example.org',
      },
      signup: 'viewer',
    })
  })

  const issuer = (address: string) => ({
    ...{ FILE_ORBIT_OIDC_ISSUER: address, FILE_ORBIT_OIDC_ID: 'a', FILE_ORBIT_OIDC_SECRET: 'hunter2' },
  })

  test.each<[Record<string, string>, string[]]>([
    [{ FILE_ORBIT_GITHUB_ID: 'a' }, ['FILE_ORBIT_GITHUB_SECRET']],
    [{ FILE_ORBIT_GOOGLE_SECRET: 'hunter2' }, ['FILE_ORBIT_GOOGLE_ID']],
    [{ FILE_ORBIT_OIDC_SECRET: 'hunter2' }, ['FILE_ORBIT_OIDC_ISSUER', 'FILE_ORBIT_OIDC_ID']],
    [{ FILE_ORBIT_OAUTH_SIGNUP: 'owner' }, ['FILE_ORBIT_OAUTH_SIGNUP']],
    [issuer('http://id.example.org'), ['FILE_ORBIT_OIDC_ISSUER']],
    [issuer('id.example.org'), ['FILE_ORBIT_OIDC_ISSUER']],
    [issuer('https://id.example.org?a=b'), ['FILE_ORBIT_OIDC_ISSUER']],
    [issuer('https://a:b@id.example.org'), ['FILE_ORBIT_OIDC_ISSUER']],
  ])('of a service that are half there, or wrong, are named (%j)', (given, named) => {
    const error = refusal(given)
    expect(error.issues.map(({ path }) => path)).toEqual(named)
    expect(error.message).not.toContain('hunter2')
  })

  test('of an issuer on loopback may do without TLS', () => {
    expect(readEnv(issuer('http://localhost:4000')).oauth.oidc).toMatchObject({
      ...{ issuer: 'http://localhost:4000', name: 'localhost:4000' },
    })
  })

  test.each([
    ['127.0.0.1', 'http://localhost:3000'],
    ['0.0.0.0', 'http://localhost:3000'],
    ['192.0.2.7', 'http://192.0.2.7:3000'],
    ['2001:db8::7', 'http://[2001:db8::7]:3000'],
  ])('bound to %s, the pages are opened at %s', (host, origin) => {
    expect(originOf(readEnv({ HOST: host }))).toBe(origin)
  })
})

describe('the database of a running File Orbit', () => {
  test('is DATABASE_URL before the data folder’s own', async () => {
    const dataDir = await temporaryFolder()
    await writeFile(join(dataDir, 'database-url'), 'postgres://own\n')
    expect(await findDatabaseUrl({ dataDir, databaseUrl: 'postgres://given' })).toBe('postgres://given')
    expect(await findDatabaseUrl({ dataDir, databaseUrl: undefined })).toBe('postgres://own')
  })

  test('is refused with what to do when none runs', async () => {
    const dataDir = await temporaryFolder()
    await expect(findDatabaseUrl({ dataDir, databaseUrl: undefined })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('Start it first (npm start)'),
    })
  })
})

function refusal(source: Record<string, string | undefined>): InvalidError {
  try {
    readEnv(source)
  } catch (error) {
    if (error instanceof InvalidError) return error
    throw error
  }
  throw new Error('accepted')
}
