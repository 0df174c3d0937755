import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { readEnv } from '#lib/env.ts'
import { openAgent } from '#tests/support/asked.ts'
import { stockBackends } from '#tests/support/backends.ts'
import { contextsOver } from '#tests/support/context.ts'
import { plant, tempFolder } from '#tests/support/files.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { freshDatabase } from '#tests/support/stage.ts'
import { openPlace } from '#workers/endpoints/test-endpoint.ts'
import { listFolder } from '#workers/rclone/places.ts'
import { readProviders } from '#workers/rclone/providers.ts'
import { whyRefusedHere } from '#workers/rclone/refused-here.ts'

// Options that run a command, where the agent's own settings name them. The web has no such setting.

const database = await freshDatabase(afterAll)
const ctx = await contextsOver(database, afterAll)
const SSH = { host: 'nas.example', user: 'ops', host_keys: 'ssh-ed25519 AAAA' }

function allow(options: string): void {
  process.env.FILE_ORBIT_ALLOW_COMMANDS = options
}
const forget = () => void delete process.env.FILE_ORBIT_ALLOW_COMMANDS
afterAll(forget)

beforeAll(async () => {
  allow('sftp.ssh')
  await stockBackends(ctx, afterAll)
  forget()
})

test('are taken where the agent said so when it registered, and no others', async () => {
  const create = (settings: Record<string, string>) =>
    createEndpoint({ ctx: ctx.operator, input: { name: 'by ssh', type: 'sftp', settings } })
  await expect(create({ ...SSH, server_command: '/bin/sh' })).rejects.toMatchObject({
    ...{ kind: 'invalid', message: expect.stringContaining('FILE_ORBIT_ALLOW_COMMANDS') },
  })
  expect((await create({ ...SSH, ssh: 'ssh -F /etc/orbit' })).settings.ssh).toBe('ssh -F /etc/orbit')
})

test.skipIf(cannotRun('ssh'))(
  'are run, and refused by an agent that does not allow them any more',
  async () => {
    const folder = await plant(await tempFolder(afterAll), { 'in/a.txt': 'a' })
    const script = join(folder, 'ssh')
    await writeFile(script, '#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n')
    await chmod(script, 0o755)
    allow('sftp.ssh')
    const agent = await openAgent()
    const asked = await agent.asked({
      type: 'sftp',
      settings: { ...SSH, ssh: script },
      path: join(folder, 'in'),
    })
    const { place } = await agent.opener.open(agent.slot, asked)
    expect((await listFolder(agent.slot, place)).map(({ name }) => name)).toEqual(['a.txt'])
    forget()
    expect(await openPlace(agent.slot, agent.opener, asked)).toMatchObject({
      ...{
        cause: 'secret',
        message: expect.stringMatching(/^ssh is not taken any more: .*FILE_ORBIT_ALLOW_COMMANDS/),
      },
    })
  },
)

test('what the web knows of the agent changes with what that one allows', async () => {
  const agent = await openAgent()
  const version = async () => (await readProviders(agent.slot, '1.75.2')).version
  const before = await version()
  allow('webdav.bearer_token_command,sftp.ssh')
  const after = await version()
  allow('sftp.ssh webdav.bearer_token_command')
  expect([after, await version()]).toEqual([after, after])
  expect(after).not.toBe(before)
  forget()
})

test('only options that run commands can be allowed, each of its own type', () => {
  expect(whyRefusedHere('azureblob', 'use_az')).toContain('run a command')
  allow('sftp.ssh,sftp.key_file,azureblob.use_az')
  expect(whyRefusedHere('sftp', 'ssh')).toBeNull()
  expect(whyRefusedHere('azureblob', 'use_az')).toBeNull()
  expect(whyRefusedHere('webdav', 'ssh')).toContain('run a command')
  expect(whyRefusedHere('sftp', 'key_file')).toContain('file of the agent')
  forget()
  for (const wrong of ['sftp.key_file', 'ssh', 'sftp.', '*']) {
    expect(() => readEnv({ FILE_ORBIT_ALLOW_COMMANDS: wrong }), wrong).toThrow(/such as sftp\.ssh/)
  }
  expect(() => readEnv({ FILE_ORBIT_ALLOW_COMMANDS: 'sftp.ssh, sftp.set_env' })).not.toThrow()
})
