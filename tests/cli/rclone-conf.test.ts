import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import type { ImportAnswer } from '#lib/rclone-conf/schema.ts'
import { makeKey } from '#tests/support/api.ts'
import { commandLine, runCommand, startOnTerminal } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { startWeb } from '#tests/support/web.ts'
import { run } from '#workers/run.ts'

// `endpoints import` and `endpoints export` as a person runs them.

const depot = await openDepot()
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'owner') }
const folder = await tempFolder(afterAll)
const file = async (name: string, content: string) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const command = (...args: string[]) => runCommand(['endpoints', ...args], env)

test('says what would be, makes it, and tests each', async () => {
  await plant(depot.in, { 'shots/a.txt': 'a' })
  const conf = await file(
    'two.conf',
    `[card]\ntype = alias\nremote = ${depot.in}\n[shots]\ntype = alias\nremote = card:shots\ndescription = x\n[old]\ntype = nonsense\n[disk]\ntype = local\n`,
  )
  const dry = await command('import', conf, '--dry-run')
  expect(dry.status).toBe(1)
  expect(dry.out).toMatch(/card +card +local +\S+ +create/)
  expect(dry.out).toMatch(/old .*cannot be taken/)
  expect(dry.err).toContain('shots: without description.')
  expect(dry.err).toContain('things stand in the way; nothing was changed')
  const all = ['import', conf, '--skip', 'old', '--rename', 'card=the card', '--path', `disk=${depot.out}`]
  const done = await command(...all)
  expect(done).toMatchObject({ status: 0, out: expect.stringMatching(/works {3}the card {2}Listed/) })
  expect(done.out).toMatch(/shots +shots +alias .*the card +create/)
  expect((await command('list')).out).toMatch(/disk +local/)
  const again = await command(...all, '--json')
  expect(again.status).toBe(1)
  const { remotes } = JSON.parse(again.out) as ImportAnswer
  expect(remotes.find(({ remote }) => remote === 'shots')!.clash).toMatchObject({ suggestion: 'shots 2' })
  expect(JSON.parse(again.err)).toMatchObject({ error: { status: 1, remotes: expect.any(Array) } })
  const replaced = await command(...all, '--replace', 'card', 'shots', 'disk', '--no-test', '--json')
  expect(JSON.parse(replaced.out)).toMatchObject({ tests: {}, endpoints: [{}, {}, {}] })
})

test('what cannot be read, and what has no meaning, ends with 2', async () => {
  expect(await command('import', join(folder, 'gone'))).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('cannot be read (ENOENT)') },
  })
  const conf = await file('x.conf', '[x]\ntype = local\n')
  expect(await command('import', conf, '--rename', 'x')).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('has no "="') },
  })
})

test('an encrypted file asks for its password on the terminal, which does not show it', async () => {
  const conf = await file('enc.conf', `[sealed]\ntype = alias\nremote = ${depot.in}\n`)
  const script = await file('pass.sh', '#!/bin/sh\necho hunter-22\n')
  await chmod(script, 0o700)
  const set = { PATH: process.env.PATH, HOME: folder, RCLONE_CONFIG: conf, RCLONE_PASSWORD_COMMAND: script }
  expect((await run(inject('rclone'), ['config', 'encryption', 'set'], { env: set })).status).toBe(0)
  expect(await command('import', conf)).toMatchObject({
    ...{ status: 2, err: expect.stringContaining('Set RCLONE_CONFIG_PASS, or run this on a terminal') },
  })
  const asked = startOnTerminal(commandLine(`endpoints import '${conf}'`), env, onTestFinished)
  await asked.said(/Password of the configuration: /)
  asked.process.stdin!.write('hunter-22\r')
  const end = await asked.end
  expect(end.status, end.out).toBe(0)
  expect(end.out).toMatch(/sealed .*create/)
  expect(end.out).not.toContain('hunter-22')
})

test.skipIf(cannotRun('ssh'))('host keys are shown first, and accepted when asked', async () => {
  const ssh = await startSsh(onTestFinished)
  const { host, port, user } = ssh.settings
  const conf = await file('ssh.conf', `[far]\ntype = sftp\nhost = ${host}\nport = ${port}\nuser = ${user}\n`)
  const dry = await command('import', conf)
  expect(dry).toMatchObject({ status: 1, err: expect.stringMatching(/far: .* SHA256:/) })
  const done = await command('import', conf, '--accept-host-keys', '--no-test')
  expect(done).toMatchObject({ status: 0, out: expect.stringMatching(/far +far +sftp/) })
})

test('the machine itself exports, into a new file for its owner alone', async () => {
  const output = join(folder, 'out.conf')
  const machine = { DATABASE_URL: depot.database.url }
  const made = await command('create', '--name', 'plain', '--path', depot.in)
  expect(made.status).toBe(0)
  const end = await runCommand(['endpoints', 'export', '--output', output], machine)
  expect(end, end.err).toMatchObject({ status: 0, out: '' })
  expect((await stat(output)).mode & 0o777).toBe(0o600)
  expect(await readFile(output, 'utf8')).toMatch(/^\[plain\]\ntype = alias$/m)
  const again = await runCommand(['endpoints', 'export', '--output', output, '--json'], machine)
  expect(again).toMatchObject({ status: 2, err: expect.stringContaining('exists already') })
  const piped = await runCommand(['endpoints', 'export', '--output', '-'], machine)
  expect(piped).toMatchObject({ status: 0, out: expect.stringContaining('[plain]') })
})
