import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import { makeKey } from '#tests/support/api.ts'
import { commandLine, runCommand, runCommandWith, startOnTerminal } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { tempFolder } from '#tests/support/files.ts'
import { fingerprintOf } from '#tests/support/fingerprint.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { startWeb } from '#tests/support/web.ts'

// The real program against a real web, worker, rclone and SSH server.

const depot = await openDepot()
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'operator') }
const run = (...args: string[]) => runCommand(args, env)

describe('kinds', () => {
  test('are listed, and the settings of one', async () => {
    expect((await run('endpoints', 'kinds')).out).toMatch(/^TYPE .*\n[\s\S]*\nsftp +SFTP\n/)
    const sftp = await run('endpoints', 'kinds', 'sftp')
    expect(sftp.out).toMatch(/\npass +secret +Password\. /)
    expect(sftp.out).not.toMatch(/\nssh /)
    expect(sftp.err).toMatch(/^\d+ more with --all\n$/)
    expect((await run('endpoints', 'kinds', 'sftp', '--all')).out).toMatch(/\nchunk_size +SizeSuffix +32Ki/)
    expect((await run('endpoints', 'kinds', 's3', '--provider', 'AWS', '--all')).out).toContain(
      'requester_pays',
    )
    expect((await run('endpoints', 'kinds', 's3', '--all')).out).not.toContain('requester_pays')
    expect(JSON.parse((await run('endpoints', 'kinds', 'smb', '--json')).out)).toMatchObject({ type: 'smb' })
    expect(await run('endpoints', 'kinds', 'sftpp')).toMatchObject({ status: 1, err: /no such storage type/ })
  })
})

describe('a secret on the command line', () => {
  test.each([
    ['pass=hunter22', /pass is a secret.*--secret pass.*--set-file pass=<file>.*env:FILE_ORBIT_SECRET_PASS/],
    ['key_pem=-----BEGIN', /key_pem is a secret/],
  ])('%s is refused, with what to use, and nothing is sent', async (pair, words) => {
    const end = await run('endpoints', 'create', 'leak', '--type', 'sftp', '--set', pair, '--set', 'host=nas')
    expect(end).toMatchObject({ status: 2, out: '', err: words })
    expect(end.err).not.toContain('hunter22')
    const all = JSON.parse((await run('endpoints', 'list', '--json')).out) as Endpoint[]
    expect(all.map(({ name }) => name)).not.toContain('leak')
  })

  test('is missing on standard input: which one is said', async () => {
    const args = ['endpoints', 'create', 'x', '--type', 'smb', '--set', 'host=nas', '--secret', 'pass']
    expect(await runCommandWith('', args, env)).toMatchObject({ status: 2, err: /no line for pass/ })
  })
})

describe.skipIf(cannotRun('ssh'))('an SFTP endpoint', async () => {
  const ssh = cannotRun('ssh') ? null : await startSsh(afterAll)
  const place = () => ['--type', 'sftp', '--set', `host=${ssh!.host}`, '--set', `port=${ssh!.port}`]
  const fingerprint = () => fingerprintOf(ssh!.hostKey)

  test('is made with the key that was accepted, its password from standard input, and tested', async () => {
    const args = ['endpoints', 'create', 'nas', ...place(), '--set', `user=${ssh!.user}`, '--secret', 'pass']
    const unknown = await runCommandWith(`${ssh!.password}\n`, args, env)
    expect(unknown).toMatchObject({ status: 1, err: expect.stringContaining(fingerprint()) })
    expect(unknown.err).toContain('ssh-keygen -lf')
    const other = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    expect(
      await runCommandWith(`${ssh!.password}\n`, [...args, '--accept-host-key', other], env),
    ).toMatchObject({ status: 1, err: expect.stringMatching(/not SHA256:AAAA.*in between/) })
    const made = await runCommandWith(
      `${ssh!.password}\n`,
      [...args, '--accept-host-key', fingerprint(), '--json'],
      env,
    )
    expect(JSON.parse(made.out)).toMatchObject({
      ...{ name: 'nas', type: 'sftp' },
      settings: { user: ssh!.user, pass: { set: true }, host_keys: ssh!.hostKey },
    })
    expect(made.out).not.toContain(ssh!.password)
    const tested = await run('endpoints', 'test', 'nas', '--write')
    expect(tested).toMatchObject({ status: 0 })
    for (const stage of ['Settings', 'Resolve', 'Connect', 'Secure', 'Sign in', 'List', 'Write']) {
      expect(tested.out).toMatch(new RegExp(`^ok +${stage} .* \\(\\d+ ms\\)$`, 'm'))
    }
    const result = JSON.parse((await run('endpoints', 'test', 'nas', '--json')).out) as TestResult
    expect(result.stages.map(({ stage }) => stage)).not.toContain('write')
  })

  test('is changed: a wrong password, a key out of a file, another root', async () => {
    const wrong = await runCommandWith('wrong\n', ['endpoints', 'update', 'nas', '--secret', 'pass'], env)
    expect(wrong).toMatchObject({ status: 0, out: expect.stringMatching(/^Changed nas \(sftp/) })
    expect(await run('endpoints', 'test', 'nas')).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^failed +Sign in /m),
    })
    const file = join(await tempFolder(onTestFinished), 'key')
    await writeFile(file, `${ssh!.keys.plain.pem}\n`, { mode: 0o600 })
    await mkdir(join(ssh!.folder, 'below'), { recursive: true })
    const changed = await run(
      ...['endpoints', 'update', 'nas', '--set-file', `key_pem=${file}`, '--unset', 'pass'],
      ...['--path', 'below', '--name', 'nas2', '--bandwidth', '20M', '--json'],
    )
    expect(JSON.parse(changed.out)).toMatchObject({
      ...{ name: 'nas2', path: 'below', limits: { bandwidth: '20M' } },
      settings: { key_pem: { set: true } },
    })
    expect(JSON.parse(changed.out).settings).not.toHaveProperty('pass')
    expect(await run('endpoints', 'test', 'nas2')).toMatchObject({ status: 0 })
  })

  test('whose server was set up anew is accepted by its new fingerprint alone', async () => {
    await ssh!.changeHostKey()
    const tested = await run('endpoints', 'test', 'nas2')
    expect(tested).toMatchObject({ status: 1, out: expect.stringContaining(fingerprint()) })
    const accepted = ['endpoints', 'update', 'nas2', '--accept-host-key', fingerprint()]
    expect(await run(...accepted)).toMatchObject({ status: 0 })
    expect(await run('endpoints', 'test', 'nas2')).toMatchObject({ status: 0 })
  })

  test('on a terminal is asked for: the password unseen, the key with a yes', async () => {
    const args = ['endpoints create asked', ...place(), `--set user=${ssh!.user}`, '--secret pass'].join(' ')
    const terminal = startOnTerminal(commandLine(args), env, onTestFinished)
    await terminal.said(/pass: $/)
    terminal.process.stdin!.write(`${ssh!.password}\r`)
    await terminal.said(/accept: /)
    terminal.process.stdin!.write('yes\r')
    const { status, out } = await terminal.end
    expect([status, out]).toEqual([0, expect.stringContaining(`${fingerprint()}.`)])
    expect(out).toContain('Added asked (sftp)')
    expect(out).not.toContain(ssh!.password)
    expect(await run('endpoints', 'test', 'asked')).toMatchObject({ status: 0 })
  })
})

describe('health and delete', () => {
  test('say how it has done, what it can do and what uses it', async () => {
    await mkdir(join(depot.root, 'shelf'))
    await run('endpoints', 'create', 'shelf', '--path', join(depot.root, 'shelf'))
    expect((await run('endpoints', 'health', 'shelf')).out).toMatch(/^state +neither tested nor used yet\n/)
    expect((await run('endpoints', 'test', 'shelf')).status).toBe(0)
    await run(
      'endpoints',
      'create',
      'way',
      '--type',
      'alias',
      '--set',
      `remote=endpoint:${await idOf('shelf')}`,
    )
    const { out, status } = await run('endpoints', 'health', 'shelf')
    expect(status).toBe(0)
    expect(out).toMatch(/^state +ok\nlast success +.*, a test\n/)
    expect(out).toMatch(/\nspace +.* free, .* used, of /)
    expect(out).toMatch(/\nchecksums +.*md5/)
    expect(out).toMatch(/\nlies under +way\n/)
    const json = JSON.parse((await run('endpoints', 'health', 'shelf', '--json')).out)
    expect(json).toMatchObject({ state: 'ok', usedBy: { endpoints: [{ name: 'way' }] } })
  })

  test('one that is used is not deleted, and by what is said; others go when that was meant', async () => {
    const used = await run('endpoints', 'delete', 'shelf', '--yes')
    expect(used).toMatchObject({ status: 1, out: '', err: expect.stringContaining('“way”') })
    const unasked = await run('endpoints', 'delete', 'way')
    expect(unasked).toMatchObject({ status: 2, out: '', err: expect.stringContaining('--yes') })
    expect(await run('endpoints', 'delete', 'way', '--yes')).toMatchObject({
      status: 0,
      out: 'Deleted way\n',
    })
    const last = JSON.parse((await run('endpoints', 'delete', 'shelf', '--yes', '--json')).out) as Endpoint
    expect(last).toMatchObject({ name: 'shelf', path: join(depot.root, 'shelf') })
    expect(await run('endpoints', 'health', 'shelf')).toMatchObject({ status: 2, err: /no endpoint "shelf"/ })
  })
})

async function idOf(name: string): Promise<string> {
  const all = JSON.parse((await run('endpoints', 'list', '--json')).out) as Endpoint[]
  return all.find((one) => one.name === name)!.id
}
