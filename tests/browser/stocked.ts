import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Locator, type Page } from '@playwright/test'
import postgres from 'postgres'
import type { Context } from '#lib/context.ts'
import { connect } from '#lib/db/client.ts'
import { type Happening, recordEvents } from '#lib/events/record-events.ts'
import { hashPassword } from '#lib/users/passwords.ts'
import { startSystem } from './system.ts'
import { test as base } from './whole-page.ts'

export type Job = { id: string; state: string; finishedAt: string | null }

export type Stocked = {
  origin: string
  sql: postgres.Sql
  /** A job between the endpoints `cards` and `archive`. */
  job(from: string, to: string, more?: object): Promise<Job>
  ended(job: Job): Promise<Job>
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** The ids of the endpoints `cards` and `archive`. */
  ids: Record<string, string>
  /** The folder that both lie in. */
  files: string
  /** Tells of events as the agent that watches would. */
  happen(triggerId: string, happenings: Happening[]): Promise<void>
}

const PASSWORD = 'correct horse battery'

/** A File Orbit with people of each role, two endpoints and some files to move, but no job. */
export const test = base.extend<object, { house: string; stocked: Stocked }>({
  /** Names a File Orbit: files that name another one do not see each other's jobs. */
  house: ['', { option: true, scope: 'worker' }],
  stocked: [
    async ({ house: _ }, use) => {
      const system = await startSystem(
        { FILE_ORBIT_ADMIN_EMAIL: 'owner@studio.example', FILE_ORBIT_ADMIN_PASSWORD: PASSWORD },
        (line) => line.includes('is ready at'),
      )
      const { origin, files, folder } = system
      const url = readFileSync(join(folder, 'data', 'database-url'), 'utf8').trim()
      const sql = postgres(url, { max: 2 })
      const database = connect(url, { max: 1, name: 'test' })
      const hash = await hashPassword(PASSWORD)
      for (const role of ['operator', 'viewer']) {
        await sql`insert into users (id, email, role, password_hash)
          values (${crypto.randomUUID()}, ${`${role}@studio.example`}, ${role}, ${hash})`
      }
      const made = spawnSync(
        process.execPath,
        ['bin/file-orbit.ts', 'api-keys', 'create', '--name', 'test', '--role', 'owner', '--json'],
        { env: { ...process.env, FILE_ORBIT_DATA_DIR: join(folder, 'data') }, encoding: 'utf8' },
      )
      const { key } = JSON.parse(made.stdout) as { key: string }
      const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
        const answer = await fetch(`${origin}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        })
        expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true)
        return (await answer.json()) as T
      }
      const ids: Record<string, string> = {}
      for (const name of ['cards', 'archive']) {
        await mkdir(join(files, name))
        const endpoint = { name, type: 'local', path: join(files, name) }
        ids[name] = (await call<{ id: string }>('POST', '/endpoints', endpoint)).id
      }
      await mkdir(join(files, 'cards', 'A001'))
      const clip = Buffer.alloc(1024 * 1024, 7)
      for (let n = 10; n < 16; n += 1) {
        await writeFile(join(files, 'cards', 'A001', `A001_C0${n}.mxf`), clip)
      }
      await use({
        origin,
        sql,
        call,
        ids,
        files,
        async happen(triggerId, happenings) {
          const actor = { type: 'agent', id: 'watcher', label: 'watcher' } as const
          await recordEvents({ ctx: { actor, db: database.db } as Context, triggerId, happenings })
        },
        job: (from, to, more = {}) =>
          call<Job>('POST', '/jobs', {
            operation: 'copy',
            source: { endpointId: ids.cards, path: from },
            destination: { endpointId: ids.archive, path: to },
            ...more,
          }),
        async ended(job) {
          let now = job
          await expect
            .poll(async () => {
              now = await call<Job>('GET', `/jobs/${job.id}`)
              return now.finishedAt
            })
            .not.toBeNull()
          return now
        },
      })
      await sql.end({ timeout: 1 })
      await database.close()
      await system.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

export async function signIn(
  page: Page,
  { origin }: Pick<Stocked, 'origin'>,
  role: 'owner' | 'operator' | 'viewer' = 'owner',
  to = '/overview',
): Promise<void> {
  await page.goto(`${origin}/sign-in?to=${encodeURIComponent(to)}`)
  await page.getByLabel('E-mail').fill(`${role}@studio.example`)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${origin}${to}`)
}

/** By all rules, or by these. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  await expect(page).toHaveTitle(/File Orbit/)
  // Legacy means without frames within it: no page has any, and it spares a second page for each look.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
}

export async function expectFits(page: Page): Promise<void> {
  const { width } = page.viewportSize()!
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
}

/** The counter of the top bar, which the stream feeds. */
export function running(page: Page, count?: number): Locator {
  return page.getByRole('banner').getByRole('link', { name: new RegExp(`^${count ?? '\\d+'} running`) })
}
