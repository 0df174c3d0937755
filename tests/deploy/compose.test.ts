import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import picomatch from 'picomatch'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

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
  depends_on?: Record<string, { condition: string }>
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }
const { postgres, migrate, web, worker } = compose.services as Record<string, Service>
const ours = { migrate: migrate!, web: web!, worker: worker! }

describe.each(Object.entries(ours))('%s', (_name, service) => {
  test('runs without privileges on a file system that it cannot write to', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  })

  test('starts a file that is there', () => {
    expect(service.command?.[0]).toBe('node')
    expect(read(service.command![1]!).length).toBeGreaterThan(0)
  })

  test('is given only settings that File Orbit, next-auth or Node reads', () => {
    const known = `${read('lib/env.ts')} ${read('bin/web.ts')} ${read('bin/children.ts')}`
    for (const name of Object.keys(service.environment)) expect(known).toContain(name)
  })
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
    for (const { command } of Object.values(ours)) expect(isLeftOut(command![1]!)).toBe(false)
    for (const path of ['deploy/worker-health.ts', 'package.json', 'next.config.ts', 'app/layout.tsx']) {
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
