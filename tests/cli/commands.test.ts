import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { makeKey } from '#tests/support/api.ts'
import { commandLine, runCommand, startCommand, startOnTerminal } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'

// The real program against a real web, worker and rclone.

const depot = await openDepot()
await plant(depot.in, { 'card/a.txt': 'a', 'card/sub/b.txt': 'bb', 'empty/': '' })
await plantLarge(join(depot.in, 'large', 'file.mxf'), 3 * 1024 * 1024)
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'operator') }
const viewer = { ...env, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'viewer') }

const run = (...args: string[]) => runCommand(args, env)
const ESC = String.fromCharCode(27)
const idIn = (text: string) => /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)![0]

describe('copy', () => {
  test('tells each state on standard error and the end on standard output', async () => {
    const end = await run('copy', 'in:card', 'out:plain')
    expect(end).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^completed: 2 files, 3 B in \d+ s\n$/),
    })
    expect(end.err).toMatch(/^job [0-9a-f-]{36}: \w+\n/)
    expect(end.err).not.toContain(ESC)
    expect(treeOf(join(depot.out, 'plain'))).toEqual({ 'a.txt': 'a', 'sub/b.txt': 'bb' })
  })

  test('with --no-progress tells the end alone', async () => {
    const end = await run('copy', 'in:card', 'out:quiet', '--no-progress')
    expect(end).toMatchObject({ status: 0, err: '', out: expect.stringContaining('completed: 2 files') })
  })

  test('with --json prints the job and nothing else on standard output', async () => {
    const end = await run('copy', 'in:card', 'out:json', '--json', '--no-progress')
    expect(JSON.parse(end.out)).toMatchObject({ state: 'completed', files: 2, operation: 'copy' })
    expect([end.status, end.err]).toEqual([0, ''])
  })

  test('takes local paths as a person types them', async () => {
    const end = await runCommand(['copy', './card', '../out/local'], env, depot.in)
    expect(end.status).toBe(0)
    expect(treeOf(join(depot.out, 'local'))).toEqual({ 'a.txt': 'a', 'sub/b.txt': 'bb' })
  })

  test('on a terminal draws a bar that fits it, and none of it in colour under NO_COLOR', async () => {
    const line = (to: string) => `stty cols 70; ${commandLine(`copy in:large out:${to} --bandwidth 512K`)}`
    const [colour, plain] = await Promise.all(
      [{}, { NO_COLOR: '1' }].map((more, at) =>
        startOnTerminal(line(`bar-${at}`), { ...env, ...more }, onTestFinished).end.then(
          ({ status, out }) => {
            expect(status).toBe(0)
            return out
          },
        ),
      ),
    )
    for (const out of [colour!, plain!]) {
      expect(out).toMatch(/running .*█+.*░+.* \d+ % {2}\S+ MiB of 3\.0 MiB/)
      expect(out).toContain('file.mxf')
      expect(out).toMatch(/completed .*█+.*100 %/)
      expect(out).toMatch(/completed.*: 1 file, 3\.0 MiB in \d+ s/)
    }
    // "[34m" and its like are colours; cursor movements end in other letters.
    expect(colour).toContain(`${ESC}[34m`)
    expect(plain).not.toMatch(new RegExp(`${ESC}\\[\\d+m`))
  })
})

describe('a job that does not complete', () => {
  test('ends with 1, says why, what to do and how to look further', async () => {
    const end = await run('copy', 'in:not-there', 'out:x')
    expect([end.status, end.out]).toEqual([1, ''])
    expect(end.err).toContain('failed')
    expect(end.err).toContain('The source is not there')
    expect(end.err).toContain('Check the path at the source')
    const id = idIn(end.err)
    expect(end.err).toContain(`npx file-orbit jobs log ${id}`)
    expect(await run('jobs', 'show', id)).toMatchObject({
      status: 0,
      out: expect.stringContaining('source_missing'),
    })
    expect(JSON.parse((await run('jobs', 'log', id, '--json')).out)).toContainEqual(
      expect.objectContaining({ level: expect.any(String), message: expect.any(String) }),
    )
  })

  test('with --json is the job on standard output and the error on standard error', async () => {
    const end = await run('copy', 'in:not-there', 'out:x', '--json', '--no-progress')
    expect(end.status).toBe(1)
    expect(JSON.parse(end.out)).toMatchObject({ state: 'failed', error: { cause: 'source_missing' } })
    expect(JSON.parse(end.err)).toMatchObject({ error: { status: 1, cause: { cause: 'source_missing' } } })
  })

  test('ends with 3 when it is cancelled', async () => {
    const following = startCommand(['copy', 'in:large', 'out:cancelled', '--bandwidth', '1K'], env)
    await following.said(/: running/)
    const [job] = JSON.parse((await run('jobs', 'list', '--state', 'running', '--json')).out) as Job[]
    expect((await run('jobs', 'cancel', job!.id)).status).toBe(0)
    expect(await following.end).toMatchObject({ status: 3, err: expect.stringContaining('cancelled') })
  })
})

describe('Ctrl-C while following', () => {
  test('leaves the job running and says how to look again', async () => {
    const following = startCommand(['copy', 'in:large', 'out:left', '--bandwidth', '1K'], env)
    await following.said(/: running/)
    following.process.kill('SIGINT')
    const end = await following.end
    const id = idIn(end.err)
    expect(end).toMatchObject({ status: 130, err: expect.stringContaining(`goes on. To look again: npx`) })
    expect(end.err).toContain(`jobs follow ${id}`)
    await whenMoving(depot.database, id)
    const again = startCommand(['jobs', 'follow', id, '--json'], env)
    await again.said(/"state":"running"/)
    await run('jobs', 'cancel', id)
    const last = await again.end
    const lines = last.out.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as Job).id)).toEqual(lines.map(() => id))
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ state: 'cancelled' })
    expect(last.status).toBe(3)
  })

  test('on a terminal leaves the cursor visible', async () => {
    const line = `exec ${commandLine('copy in:large out:cursor --bandwidth 1K')}`
    const following = startOnTerminal(line, env, onTestFinished)
    await following.said(/running/)
    following.process.stdin!.write('\x03')
    const { out } = await following.end
    expect(out.lastIndexOf(`${ESC}[?25h`)).toBeGreaterThan(out.lastIndexOf(`${ESC}[?25l`))
    expect(out).toContain('goes on. To look again')
    await run('jobs', 'cancel', idIn(out))
  })

  test('cancels with --cancel-on-interrupt', async () => {
    const args = ['copy', 'in:large', 'out:stopped', '--bandwidth', '1K', '--cancel-on-interrupt']
    const following = startCommand(args, env)
    await following.said(/: running/)
    following.process.kill('SIGINT')
    const end = await following.end
    expect(end.status).toBe(3)
    expect(await whenEnded(depot.database, idIn(end.err))).toMatchObject({ state: 'cancelled' })
  })
})

describe('jobs', () => {
  test('are started aside, paused, resumed, retried, listed with their files', async () => {
    const started = await run('copy', 'in:large', 'out:verbs', '--bandwidth', '1K', '--detach')
    const id = started.out.trim()
    await whenMoving(depot.database, id)
    expect(await run('jobs', 'pause', id)).toMatchObject({ status: 0, out: expect.stringContaining(id) })
    await expect
      .poll(async () => (JSON.parse((await run('jobs', 'show', id, '--json')).out) as Job).state, {
        timeout: 30_000,
      })
      .toBe('paused')
    expect(JSON.parse((await run('jobs', 'resume', id, '--json')).out)).toMatchObject({ state: 'queued' })
    await run('jobs', 'cancel', id)
    await whenEnded(depot.database, id)
    expect(await run('jobs', 'cancel', id)).toMatchObject({
      status: 1,
      err: expect.stringMatching(/cancelled/),
    })
    const { id: done } = await depot.run({ from: 'card', to: 'files' })
    const files = JSON.parse((await run('jobs', 'files', done, '--json')).out) as { path: string }[]
    expect(files.map(({ path }) => path).sort()).toEqual(['a.txt', 'sub/b.txt'])
    const listed = await run('jobs', 'list', '--endpoint', 'out', '--limit', '1')
    expect(listed.out.split('\n').slice(0, 2).join()).toMatch(/^ID .*,[0-9a-f-]{36} {2}completed .* in:card /)
  })

  test('fail with 2 for an option that is no number and 1 for an id of nothing', async () => {
    expect((await run('jobs', 'list', '--limit', 'many')).status).toBe(2)
    expect(await run('jobs', 'show', 'nothing')).toMatchObject({ status: 1, err: /^file-orbit: There is/ })
  })
})

describe('endpoints', () => {
  test('are created, listed and tested', async () => {
    const made = await run('endpoints', 'create', 'new', '--path', depot.in, '--json')
    expect(JSON.parse(made.out)).toMatchObject({ name: 'new', path: depot.in })
    expect((await run('endpoints', 'list')).out).toMatch(/^NAME .*\nin /)
    const all = JSON.parse((await run('endpoints', 'list', '--json')).out) as Endpoint[]
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['in', 'new', 'out']))
    expect(await run('endpoints', 'test', 'new')).toMatchObject({ status: 0, out: /^ok / })
  })

  test('that nobody knows are told with those that were meant', async () => {
    await run('endpoints', 'create', '--name', 'archive', '--path', depot.out)
    const end = await run('copy', 'in:card', 'archiv:x')
    expect([end.status, end.err]).toEqual([
      2,
      'file-orbit: There is no endpoint "archiv". Did you mean "archive"?\n',
    ])
    expect((await run('endpoints', 'test', 'zzzzzzzz')).err).toMatch(/There are: .*archive/)
  })
})

describe('refusals', () => {
  test.each([
    [
      'a wrong key',
      { ...env, FILE_ORBIT_API_KEY: `fo_${'x'.repeat(43)}` },
      4,
      /does not take the key.*begins with fo_xxxxxx;/,
    ],
    ['no key', { FILE_ORBIT_SERVER: web.url }, 4, /FILE_ORBIT_API_KEY is not set.*api-keys create/],
    [
      'no server',
      { ...env, FILE_ORBIT_SERVER: 'http://localhost:1' },
      4,
      /No answer from http:\/\/localhost:1.*npm start/,
    ],
    [
      'a host that is none',
      { ...env, FILE_ORBIT_SERVER: 'http://nowhere.invalid' },
      4,
      /no host of that name/,
    ],
    ['another server', { ...env, FILE_ORBIT_SERVER: `${web.url}/sign-in` }, 4, /something else is there/],
    ['an address that is none', { ...env, FILE_ORBIT_SERVER: 'localhost' }, 2, /expected an address/],
    ['a role that is too small', viewer, 1, /needs an operator/],
  ])('%s is told in one line, in JSON when asked', async (_, environment, status, words) => {
    const id = '01a1fc86-49b6-71aa-a721-95a2b54606e6'
    const plain = await runCommand(['jobs', 'cancel', id], environment)
    expect(plain).toMatchObject({ status, out: '', err: words })
    expect(plain.err.trim().split('\n')).toHaveLength(1)
    const json = await runCommand(['jobs', 'cancel', id, '--json'], environment)
    expect([json.status, json.out]).toEqual([status, ''])
    expect(JSON.parse(json.err)).toMatchObject({ error: { status, message: words } })
  })

  test('a wrong command line is told once, with the right word', async () => {
    expect(await run('cpy', 'a', 'b')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean copy?'),
    })
    const json = await run('copy', 'only-one', '--json')
    expect(JSON.parse(json.err)).toMatchObject({ error: { status: 2, message: /missing required argument/ } })
  })
})
