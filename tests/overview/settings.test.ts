import { afterAll, expect, test } from 'vitest'
import { settingNames } from '#lib/env.ts'
import { describeSettings, readShownSettings, SHOWN_SETTINGS } from '#lib/settings/describe.ts'
import { readSettings } from '#lib/settings/read-settings.ts'
import { openStage } from '#tests/support/stage.ts'

const { ctx } = await openStage(afterAll)

const source = {
  PORT: '4000',
  DATABASE_URL: 'postgres://me:canary@db/files',
  FILE_ORBIT_SECRET_KEY: 'canary',
  FILE_ORBIT_SECRET_NAS: 'canary',
  FILE_ORBIT_ADMIN_PASSWORD: 'canary',
  FILE_ORBIT_OAUTH_CLIENT_SECRET: 'canary',
  FILE_ORBIT_NAS: 'canary',
  FILE_ORBIT_TLS_KEY: '/etc/key.pem',
  FILE_ORBIT_LOCAL_ROOTS: '/srv',
  HOME: '/root',
}

test('what is set is told from what is by default; no secret is among the values', () => {
  const shown = describeSettings(source, { PORT: '4000', HOST: '127.0.0.1', FILE_ORBIT_LOCAL_ROOTS: '/srv' })
  const by = (name: string) => shown.find((one) => one.name === name)
  expect(by('PORT')).toMatchObject({ value: '4000', set: true, secret: false })
  expect(by('HOST')).toMatchObject({ value: '127.0.0.1', set: false })
  expect(by('DATABASE_URL')).toMatchObject({ value: null, set: true, secret: true })
  expect(by('FILE_ORBIT_OAUTH_CLIENT_SECRET')).toMatchObject({ value: null, set: true, secret: true })
  expect(by('FILE_ORBIT_TLS_KEY')).toMatchObject({ value: '/etc/key.pem', secret: false })
  // No setting, but perhaps a secret that an endpoint names.
  expect(by('FILE_ORBIT_NAS')).toMatchObject({ value: null, set: true, secret: true })
  expect(by('HOME')).toBeUndefined()
  for (const name of settingNames) expect(by(name)!.about).not.toBe('')
  expect(JSON.stringify(shown)).not.toContain('canary')
  expect(readShownSettings({ [SHOWN_SETTINGS]: JSON.stringify(shown) })).toEqual(shown)
})

test('a web started by hand shows its own environment', () => {
  const shown = readShownSettings(source)
  expect(shown.find(({ name }) => name === 'FILE_ORBIT_LOCAL_ROOTS')).toMatchObject({
    value: '/srv',
    set: true,
  })
  expect(JSON.stringify(shown)).not.toContain('canary')
})

test.each([
  ['13', 13],
  ['0', 0],
  [undefined, null],
])('how long things are kept is what the workers do: %s is %s', async (value, keepMonths) => {
  const shown = JSON.stringify(describeSettings({}, { FILE_ORBIT_KEEP_MONTHS: value }))
  const view = await readSettings({ ctx: ctx.owner, env: { [SHOWN_SETTINGS]: shown } })
  expect(view.keepMonths).toBe(keepMonths)
})

test('owners read how it is set up; nobody else', async () => {
  const view = await readSettings({ ctx: ctx.owner, env: source })
  expect(view.folders).toEqual({ roots: ['/srv'], byEnvironment: true })
  expect(view.workers).toMatchObject([{ id: ctx.workerId, slots: 4, away: false }])
  expect(view.postgres).toMatch(/^\d+/)
  expect((await readSettings({ ctx: ctx.owner, env: {} })).folders.byEnvironment).toBe(false)
  for (const who of ['operator', 'viewer', 'agent'] as const) {
    await expect(readSettings({ ctx: ctx[who], env: {} })).rejects.toMatchObject({ kind: 'forbidden' })
  }
})
