import { afterAll, expect, test } from 'vitest'
import type { ApiKey } from '#lib/api-keys/schema.ts'
import type { User } from '#lib/users/people-schema.ts'
import { makeKey } from '#tests/support/api.ts'
import { runCommand } from '#tests/support/cli.ts'
import { makeUser } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

const { ctx, database } = await openStage(afterAll)
const web = await startWeb(database.url, afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(ctx, 'owner') }
const run = (...args: string[]) => runCommand(args, env)
/** As on the machine itself: it knows the database and needs no key. */
const onMachine = (...args: string[]) => runCommand(args, { DATABASE_URL: database.url })

test('people are invited by a link, listed, given a role, disabled and enabled', async () => {
  const made = await run('people', 'invite', 'new@studio.example', '--role', 'operator')
  expect([made.status, made.out]).toEqual([0, expect.stringMatching(/^http\S+\/invite\?token=[\w-]{32}\n$/)])
  expect(made.err).toMatch(/new@studio\.example: it works once/)
  const { email } = await makeUser(database, 'viewer')
  const all = JSON.parse((await run('people', 'list', '--json')).out) as User[]
  expect(all).toContainEqual(expect.objectContaining({ email, role: 'viewer', disabledAt: null }))
  expect((await run('people', 'role', email, 'operator')).out).toBe(`${email} is operator now\n`)
  expect((await run('people', 'disable', email.toUpperCase())).out).toMatch(/disabled and signed out/)
  expect((await run('people', 'list')).out).toMatch(new RegExp(`${email} +— +operator +disabled`))
  const enabled = await run('people', 'enable', email, '--json')
  expect(JSON.parse(enabled.out)).toMatchObject({ email, disabledAt: null })
})

test('refusals are told in one line', async () => {
  const { email } = await makeUser(database, 'viewer')
  expect(await run('people', 'role', `${email}x`, 'owner')).toMatchObject({
    status: 2,
    err: expect.stringContaining(`Did you mean "${email}"`),
  })
  expect((await run('people', 'role', email, 'king')).status).toBe(2)
  expect(await run('people', 'invite', email, '--role', 'viewer')).toMatchObject({
    status: 1,
    out: '',
    err: /^file-orbit: .*a user already/,
  })
  const operator = { ...env, FILE_ORBIT_API_KEY: await makeKey(ctx, 'operator') }
  expect(await runCommand(['people', 'list'], operator)).toMatchObject({ status: 1, err: /needs an owner/ })
})

test('the last owner is told so', async () => {
  const { email } = await makeUser(database, 'owner')
  expect(await run('people', 'disable', email)).toMatchObject({
    status: 1,
    err: /last owner who can sign in/,
  })
})

test('keys are listed and revoked on the machine itself', async () => {
  const make = async (name: string) =>
    JSON.parse((await onMachine('api-keys', 'create', '--name', name, '--role', 'viewer', '--json')).out) as {
      id: string
      key: string
    }
  const [one, two, only] = [await make('twin'), await make('twin'), await make('only')]
  const listed = await onMachine('api-keys', 'list', '--json')
  expect(listed.out).not.toContain(one.key)
  const keys = JSON.parse(listed.out) as ApiKey[]
  expect(keys.find(({ id }) => id === one.id)).toMatchObject({ name: 'twin', createdBy: 'command line' })
  expect((await onMachine('api-keys', 'list')).out).toMatch(/^NAME .*\n[\s\S]*only +viewer +fo_\S{6}… /)
  expect(await onMachine('api-keys', 'revoke', 'twin')).toMatchObject({
    status: 2,
    err: expect.stringContaining(two.key.slice(0, 9)),
  })
  expect(await onMachine('api-keys', 'revoke', 'nobody')).toMatchObject({
    status: 2,
    err: /There is no API key/,
  })
  expect(await onMachine('api-keys', 'revoke', 'only')).toMatchObject({ status: 0, out: /is revoked/ })
  expect(JSON.parse((await onMachine('api-keys', 'revoke', one.id, '--json')).out)).toMatchObject({
    id: one.id,
  })
  const left = JSON.parse((await onMachine('api-keys', 'list', '--json')).out) as ApiKey[]
  const ids = left.map(({ id }) => id)
  expect([ids.includes(one.id), ids.includes(two.id), ids.includes(only.id)]).toEqual([false, true, false])
})
