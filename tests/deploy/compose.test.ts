import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import picomatch from 'picomatch'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { MEMORY_FLAGS } from '#bin/node-flags.ts'
import { readEnv, settingNames } from '#lib/env.ts'

// No Docker here: what a parser can see of the files is checked, and docs/verified.md says so.

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

type Service = {
  command?: string[]
  environment: Record<string, string>
  read_only?: boolean
  cap_drop?: string[]
  healthcheck?: unknown
  image: string
  volumes?: string[]
  env_file?: { path: string; required: boolean }[]
  depends_on?: Record<string, { condition: string }>
}

type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> }
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
const { postgres, migrate, web, worker } = compose.services as Record<string, Service>
const ours = { migrate: migrate!, web: web!, worker: worker! }

describe.each(Object.entries(ours))('%s', (_name, service) => {
  test('runs without privileges on a file system that it cannot write to', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  })

  test('starts a file that is there', () => {
    expect(service.command?.[0]).toBe('node')
    expect(read(service.command!.at(-1)!).length).toBeGreaterThan(0)
  })

  test('is given only settings that File Orbit, next-auth or Node reads', () => {
    const known = `${read('lib/env.ts')} ${read('bin/web.ts')} ${read('bin/children.ts')}`
    for (const name of Object.keys(service.environment)) expect(known).toContain(name)
  })
})

test('a worker is bounded in memory as one of npm start is, here and under systemd; PostgreSQL plans as there', () => {
  expect(read('bin/postgres.ts')).toContain(`'${postgres!.command!.at(-1)}'`)
  expect(worker!.command).toEqual(['node', ...MEMORY_FLAGS, 'workers/main.ts'])
  expect(read('deploy/systemd/file-orbit-worker@.service')).toContain(
    ` ${MEMORY_FLAGS.join(' ')} workers/main.ts\n`,
  )
})

test('secrets are only where they belong', () => {
  const holders = (name: string) =>
    Object.entries(compose.services)
      .filter(([, { environment }]) => name in environment)
      .map(([service]) => service)
  expect(holders('AUTH_SECRET')).toEqual(['web'])
  expect(holders('FILE_ORBIT_SECRET_KEY')).toEqual(['worker'])
  for (const service of ['GITHUB', 'GOOGLE', 'OIDC']) {
    expect(holders(`FILE_ORBIT_${service}_SECRET`)).toEqual(['web'])
  }
  expect(holders('FILE_ORBIT_PUBLIC_KEY')).toEqual(['web'])
  expect(holders('POSTGRES_PASSWORD')).toEqual(['postgres'])
})

describe('settings', () => {
  /** Of no use there: a container's logs are what it prints. */
  const meaningless = ['FILE_ORBIT_LOG_DIR']
  const image = [...read('Dockerfile').matchAll(/\b(FILE_ORBIT_\w+)=/g)].map(([, name]) => name!)
  const given = (...services: Service[]) => services.flatMap(({ environment }) => Object.keys(environment))

  test('are each passed to a container, set in the image, or of no use there', () => {
    const there = new Set([...given(...Object.values(ours)), ...image, ...meaningless])
    expect(settingNames.filter((name) => !there.has(name))).toEqual([])
    expect(meaningless.filter((name) => given(...Object.values(ours)).includes(name))).toEqual([])
  })

  test('of both web and worker are passed to both', () => {
    for (const name of ['DATABASE_URL', 'FILE_ORBIT_BLOCK_PRIVATE_HOSTS', 'FILE_ORBIT_KEEP_MONTHS']) {
      for (const service of [web!, worker!]) expect(given(service)).toContain(name)
    }
  })

  test('are good as deploy/compose.env leaves them, but for what must be filled in', () => {
    const values: Record<string, string> = { POSTGRES_PASSWORD: 'x' }
    for (const [, name, value] of read('deploy/compose.env').matchAll(/^(\w+)=(.*)$/gm)) {
      if (value) values[name!] = value
    }
    for (const { environment } of Object.values(ours)) {
      expect(() => readEnv(filledIn(environment, values))).not.toThrow()
    }
  })

  test.each([
    ['FILE_ORBIT_TLS_CERT', 'web'],
    ['FILE_ORBIT_TLS_KEY', 'web'],
    ['FILE_ORBIT_SECRET_FILES', 'worker'],
    ['FILE_ORBIT_RCLONE_CONFIG', 'worker'],
  ] as const)('that name files, as %s, are told where they lie in the container', (name, service) => {
    const { environment, volumes } = ours[service]
    const inside = filledIn(environment, { [name]: '/host/it' })[name]
    expect(inside).toMatch(/^\/etc\/file-orbit\//)
    expect(volumes).toContain(`\${${name}:-/dev/null}:${inside}:ro`)
    expect(filledIn(environment, {})[name]).toBe('')
  })

  test('that only workers are to know have a file that only they are given', () => {
    const files = Object.entries(compose.services).map(([name, one]) => [name, one.env_file ?? []])
    expect(Object.fromEntries(files)).toMatchObject({
      ...{ postgres: [], migrate: [], web: [] },
      worker: [{ path: '.env.worker', required: false }],
    })
  })
})

/** An environment as Compose would make it: by `:-` and `:+`; what must be set is a word. */
function filledIn(environment: Record<string, string | number>, values: Record<string, string>) {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+):([-+?])([^}]*)\}/g, (_, name: string, how: string, other: string) => {
      const value = values[name] ?? ''
      if (how === '+') return value && other
      return value || (how === '-' ? other : 'x')
    })
  const filled = Object.entries(environment).map(([name, text]) => [name, fill(String(text))] as const)
  // Whoever starts it makes a key; that it is one is looked at where it is read.
  return Object.fromEntries(filled.filter(([name]) => name !== 'FILE_ORBIT_SECRET_KEY'))
}

test('files pass between the worker and the web by a volume that holds nothing else', () => {
  const place = '/var/lib/file-orbit/passage'
  expect(worker!.volumes).toContain(`passage:${place}`)
  // Connecting writes nothing.
  expect(web!.volumes).toContain(`passage:${place}:ro`)
  expect(compose.volumes).toHaveProperty('passage')
  const dockerfile = read('Dockerfile')
  const dataDir = /FILE_ORBIT_DATA_DIR=(\S+)/.exec(dockerfile)![1]!
  expect(place).toBe(join(dataDir, 'passage'))
  // Its owner and mode come from the image: the user of both, who alone may list it.
  expect(dockerfile).toContain(`mkdir -m 711 ${dataDir} ${place}`)
  expect(dockerfile).toContain(`chown node:node ${dataDir} ${place}`)
  const holders = Object.entries(compose.services).filter(([, { volumes }]) =>
    volumes?.some((volume) => volume.startsWith('passage:')),
  )
  expect(holders.map(([name]) => name)).toEqual(['web', 'worker'])
})

test('the README names every setting', () => {
  const table = read('README.md').split('## Settings')[1]!.split('\n## ')[0]!
  const named = table.split('\n').flatMap((line) => {
    const names = [...line.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!)
    // `FILE_ORBIT_GITHUB_ID`, `_SECRET`
    return names.map((name) => (name.startsWith('_') ? names[0]!.replace(/_[A-Z]+$/, name) : name))
  })
  expect(settingNames.filter((name) => !named.includes(name))).toEqual([])
})

test('nothing serves before the database is at its version', () => {
  for (const service of [web!, worker!]) {
    expect(service.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } })
    expect(service.healthcheck).toBeDefined()
  }
  expect(migrate!.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
})

test('every variable of the file is explained in deploy/compose.env, and none there is without use', () => {
  const used = new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
  const explained = new Set([...read('deploy/compose.env').matchAll(/^(\w+)=/gm)].map(([, name]) => name))
  expect([...used].filter((name) => !explained.has(name) && !name!.startsWith('FILE_ORBIT_ADMIN'))).toEqual(
    [],
  )
  expect([...explained].filter((name) => !used.has(name))).toEqual([])
})

describe('what is copied into the image', () => {
  const lines = read('.dockerignore').split('\n')
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const isLeftOut = (path: string) =>
    patterns.some((pattern) => picomatch([pattern, `${pattern}/**`], { dot: true })(path))

  test.each([
    '.env',
    '.env.worker',
    '.env.production',
    'deploy/.env',
    'files/A001/clip.mov',
    '.data/secret-key',
  ])('is not %s', (path) => expect(isLeftOut(path)).toBe(true))

  test('is what the containers start', () => {
    for (const { command } of Object.values(ours)) expect(isLeftOut(command!.at(-1)!)).toBe(false)
    for (const path of [
      'deploy/worker-health.ts',
      'deploy/web-health.ts',
      'package.json',
      'next.config.ts',
      'app/layout.tsx',
    ]) {
      expect(isLeftOut(path)).toBe(false)
    }
  })

  test('git keeps neither settings nor media', () => {
    expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['.env*', '/files/']))
  })
})

test('the folder of media is named by whoever starts it, not a folder of the clone', () => {
  expect(read('docker-compose.yml')).toMatch(/\$\{FILE_ORBIT_FILES:\?[^}]*\}:\/srv\/files$/m)
  expect(read('deploy/compose.env')).toMatch(/^FILE_ORBIT_FILES=\//m)
})

test('images are named with their version, and the last one runs as a plain user', () => {
  const images = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
  for (const image of [...images, postgres!.image]) expect(image).toMatch(/:\d+/)
  expect(
    read('Dockerfile')
      .split(/^FROM /m)
      .at(-1),
  ).toMatch(/^USER node$/m)
})

test('a unit that starts a worker names what opens secrets, and none hands it to a web', () => {
  expect(read('deploy/systemd/file-orbit-worker@.service')).toMatch(/^# .*FILE_ORBIT_SECRET_KEY/m)
  for (const unit of ['file-orbit', 'file-orbit-worker@']) {
    expect(read(`deploy/systemd/${unit}.service`)).not.toMatch(/^Environment=FILE_ORBIT_SECRET_KEY/m)
  }
})
