import { spawnSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { commandLine, runCommand, runProgram, startOnTerminal } from '#tests/support/cli.ts'
import { tempFolder } from '#tests/support/files.ts'

const option = (name: string, secret: boolean) => ({ name, secret, refused: null, help: `The ${name}.` })
const lists: Record<string, object[]> = {
  endpoints: ['archive', 'cards'].map((name) => ({ name, type: 'sftp', path: `/srv/${name}` })),
  users: ['ada', 'bob'].map((name) => ({ email: `${name}@studio.example`, role: 'viewer' })),
  templates: [{ name: 'nightly', enabled: true, operation: 'copy' }],
  'api-keys': [{ name: 'nightly', prefix: 'fo_x7Rk2a' }],
  backends: [
    { type: 'sftp', description: 'SSH/SFTP', options: [option('host', false), option('pass', true)] },
    { type: 's3', description: 'Amazon S3', options: [] },
  ],
}

/** A server that knows two endpoints, two kinds, two people, a template and a key, and answers anybody with a key. */
const server: Server = createServer((request, answer) => {
  const [, , , noun = '', id] = new URL(request.url!, 'http://localhost').pathname.split('/')
  const items = lists[noun]
  const isKnown = items !== undefined && request.headers.authorization !== undefined
  answer.setHeader('content-type', 'application/json')
  answer.statusCode = isKnown ? 200 : 401
  const one = items?.find((item) => 'type' in item && item.type === id)
  answer.end(JSON.stringify(isKnown ? (id === undefined ? { items, nextCursor: null } : one) : {}))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
afterAll(() => server.close())

const env = {
  FILE_ORBIT_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  FILE_ORBIT_API_KEY: 'fo_x',
}

/** A folder with a `file-orbit` as an installation puts it on the PATH, and the scripts of all shells. */
const folder = await tempFolder(afterAll)
await writeFile(join(folder, 'file-orbit'), `#!/bin/sh\nexec ${commandLine('"$@"')}\n`)
await chmod(join(folder, 'file-orbit'), 0o755)
for (const shell of ['bash', 'zsh', 'fish']) {
  await writeFile(join(folder, shell), (await runCommand(['completion', shell], {})).out)
}
const withPath = { ...env, PATH: `${folder}:${process.env.PATH}` }

const installed = ['bash', 'zsh', 'fish'].filter((shell) => {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0
  if (!isThere) console.log(`SKIPPED: the completion of ${shell}. Install it: apt-get install ${shell}`)
  return isThere
})

const offered = async (words: string[], environment: Record<string, string> = env) => {
  const { status, out, err } = await runCommand(['__complete', '--', ...words], environment)
  expect([status, err]).toEqual([0, ''])
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0])
}

test.each(installed)('%s takes the script', (shell) => {
  const checked = spawnSync(shell, ['-n', join(folder, shell)], { encoding: 'utf8' })
  expect([checked.status, checked.stderr]).toEqual([0, ''])
})

test.each([
  [['jo'], ['jobs']],
  [
    ['jobs', 're'],
    ['retry', 'resume'],
  ],
  [['jobs', 'log', '--level', 'w'], ['warning']],
  [['jobs', 'list', '--st'], ['--state']],
  [
    ['api-keys', 'create', '--role', 'o'],
    ['owner', 'operator'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [
    ['endpoints', 'test', ''],
    ['archive', 'cards'],
  ],
  [
    ['copy', 'a'],
    ['archive:', ':files'],
  ],
  [
    ['copy', '--bandwidth', '5M', 'cards:', ''],
    ['archive:', 'cards:', ':files'],
  ],
  [['jobs', 'list', '--endpoint', 'c'], ['cards']],
  [['copy', 'a:', 'b:', ''], []],
  [['people', 'dis'], ['disable']],
  [['people', 'role', 'a'], ['ada@studio.example']],
  [
    ['people', 'role', 'ada@studio.example', 'o'],
    ['owner', 'operator'],
  ],
  [['api-keys', 'revoke', ''], ['fo_x7Rk2a']],
  [['schedules', 'show', ''], ['nightly']],
  [['jobs', 'list', '--template', 'n'], ['nightly']],
  [['templates', 'delete', ''], ['nightly']],
  [['endpoints', 'create', 'nas', '--type', 'sf'], ['sftp']],
  [['endpoints', 'create', 'nas', '--type', 'sftp', '--set', ''], ['host=']],
  [['endpoints', 'create', 'nas', '--type', 'sftp', '--secret', ''], ['pass']],
  [['endpoints', 'update', 'cards', '--set-file', 'p'], ['pass=']],
  [
    ['endpoints', 'kinds', 's'],
    ['s3', 'sftp'],
  ],
])('%j may become %j', async (words, expected) => {
  expect((await offered(words)).sort()).toEqual(expected.toSorted())
})

describe.each([
  ['without a key', { FILE_ORBIT_SERVER: env.FILE_ORBIT_SERVER }],
  ['without a server', { ...env, FILE_ORBIT_SERVER: 'http://127.0.0.1:1' }],
  ['with a wrong address', { ...env, FILE_ORBIT_SERVER: 'nowhere' }],
])('%s', (_, environment) => {
  test('no endpoint is offered and nothing is said', async () => {
    expect(await offered(['endpoints', 'test', ''], environment)).toEqual([])
    expect(await offered(['copy', ''], environment)).toEqual([':files'])
  })
})

/** What bash's own machinery makes of a line, as it would offer it. */
async function bashOffers(line: string): Promise<string[]> {
  const script = `source '${join(folder, 'bash')}'
    COMP_LINE=$1 COMP_POINT=\${#1}; $(complete -p file-orbit | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    compgen -W "$(printf '%s ' "\${COMPREPLY[@]}")" -- "\${COMP_LINE##*[ :]}"`
  const run = await runProgram('bash', ['--norc', '-c', script, 'bash', line], withPath, folder)
  return run.out.split('\n').filter((word) => word !== '')
}

test.each([
  ['file-orbit jobs ca', ['cancel']],
  ['file-orbit copy ar', ['archive:']],
  // What stands before the colon is a word of its own to readline.
  ['file-orbit copy cards:A001 archive', ['archive:']],
  ['file-orbit copy zs', ['zsh']],
])('bash completes "%s"', async (line, expected) => {
  expect(await bashOffers(line)).toEqual(expected)
})

test('bash completes a word when Tab is pressed', async () => {
  const terminal = startOnTerminal(
    'exec bash --norc --noprofile -i',
    { ...withPath, PS1: 'ready> ' },
    onTestFinished,
  )
  await terminal.said(/ready> $/)
  terminal.process.stdin!.write(`source '${join(folder, 'bash')}'; echo loa''ded\n`)
  await terminal.said(/loaded[\s\S]*ready> $/)
  terminal.process.stdin!.write('file-orbit jobs ca\t')
  await terminal.said(/jobs cancel /)
  terminal.process.stdin!.write('\x15exit\n')
  expect((await terminal.end).status).toBe(0)
})
