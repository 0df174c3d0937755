import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { makeKey } from '#tests/support/api.ts'
import { commandLine, runCommand, startOnTerminal } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder, treeOf } from '#tests/support/files.ts'
import { startWeb } from '#tests/support/web.ts'

const depot = await openDepot()
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'operator') }
const viewer = { ...env, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'viewer') }
const here = await tempFolder(afterAll)
const run = (...args: string[]) => runCommand(args, env, here)

test('ls shows a folder, and what a search finds below it', async () => {
  await plant(depot.in, { 'list/a.txt': '12345', 'list/sub/b.mov': 'b', 'list/line\nbreak': '' })
  const plain = await run('ls', 'in:list')
  expect(plain.status).toBe(0)
  expect(plain.out).toMatch(/^SIZE +CHANGED +NAME\n- +\S+ \S+ +sub\/\n5 B .* a\.txt\n0 B .* line↵break\n$/)
  const found = await run('ls', 'in:', '--search', 'B.M', '--below', '--json')
  expect(JSON.parse(found.out)).toMatchObject([{ path: 'list/sub/b.mov', size: 1, isFolder: false }])
  expect(await run('ls', 'in:nowhere')).toMatchObject({
    status: 1,
    err: 'file-orbit: There is no such folder.\n',
  })
  expect(await run('ls', './list')).toMatchObject({
    status: 2,
    err: expect.stringContaining('endpoint:path'),
  })
})

test('mkdir, rename and rm', async () => {
  await plant(depot.in, { 'do/a.txt': 'a' })
  expect(await run('mkdir', 'in:do/new')).toMatchObject({ status: 0, out: 'Made do/new\n' })
  expect(await run('rename', 'in:do/a.txt', 'b.txt')).toMatchObject({
    status: 0,
    out: 'It is do/b.txt now\n',
  })
  expect(await run('rename', 'in:do/b.txt', 'do/new/c.txt', '--json')).toMatchObject({ status: 0 })
  expect(treeOf(join(depot.in, 'do'))).toEqual({ 'new/c.txt': 'a' })
  const asked = await run('rm', 'in:do', '--recursive')
  expect(asked).toMatchObject({ status: 2, err: expect.stringContaining('--yes') })
  expect(await run('rm', 'in:do', '--yes')).toMatchObject({
    status: 1,
    err: expect.stringContaining('not empty'),
  })
  const gone = await run('rm', 'in:do', '--recursive', '--yes', '--json')
  expect([gone.status, JSON.parse(gone.out)]).toEqual([
    0,
    { path: 'do', files: 1, folders: 1, bytes: 1, exact: true },
  ])
  expect((await run('ls', 'in:do')).status).toBe(1)
})

test('rm asks a person and takes no for no', async () => {
  await plant(depot.in, { 'asked.txt': 'asked' })
  const terminal = startOnTerminal(commandLine('rm in:asked.txt'), env, onTestFinished)
  await terminal.said(/Delete in:asked\.txt \(1 file, .*\)\? \[y\/N\]/)
  terminal.process.stdin!.write('n\n')
  expect((await terminal.end).out).toContain('Nothing was deleted')
  expect(treeOf(depot.in)['asked.txt']).toBe('asked')
})

test('put and get carry a file there and back, and replace none unasked', async () => {
  await plant(here, { 'up.bin': Buffer.alloc(300_000, 'x'), 'down/': '' })
  expect(await run('put', 'up.bin', 'in:carried/')).toMatchObject({
    status: 0,
    out: 'carried/up.bin: 293.0 KiB\n',
  })
  expect(await run('put', 'up.bin', 'in:carried/')).toMatchObject({
    status: 1,
    err: expect.stringContaining('taken'),
  })
  expect((await run('put', 'up.bin', 'in:carried/up.bin', '--overwrite')).status).toBe(0)
  expect((await run('get', 'in:carried/up.bin', 'down')).status).toBe(0)
  expect(readFileSync(join(here, 'down', 'up.bin')).equals(readFileSync(join(here, 'up.bin')))).toBe(true)
  expect(await run('get', 'in:carried/up.bin', 'down')).toMatchObject({
    status: 1,
    err: expect.stringContaining('--overwrite'),
  })
  await plant(depot.in, { 'note.txt': 'a note' })
  expect(await run('get', 'in:note.txt', '-')).toMatchObject({ status: 0, out: 'a note' })
  expect(await run('get', 'in:nothing')).toMatchObject({
    status: 1,
    err: expect.stringContaining('not there'),
  })
  expect(Object.keys(treeOf(join(here, 'down')))).toEqual(['up.bin'])
})

test('a viewer’s key lists and changes nothing', async () => {
  expect((await runCommand(['ls', 'in:'], viewer)).status).toBe(0)
  expect(await runCommand(['mkdir', 'in:no'], viewer)).toMatchObject({
    status: 1,
    err: expect.stringContaining('operator'),
  })
  expect(await runCommand(['get', 'in:note.txt', '-'], viewer)).toMatchObject({ status: 1, out: '' })
})
