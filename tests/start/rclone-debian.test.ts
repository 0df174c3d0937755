import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '#workers/run.ts'
import { temporaryFolder } from './folders.ts'
import { plainUser } from './users.ts'

const PROGRAM = fileURLToPath(new URL('fixtures/find-debian.ts', import.meta.url))
const hasDebian =
  existsSync('/usr/bin/apt-get') && existsSync('/usr/share/keyrings/debian-archive-keyring.gpg')

// Fetches 33 MB from this machine's own Debian mirror.
test.skipIf(!hasDebian)(
  'the Debian package lands in the cache, fetched by a plain user',
  { timeout: 120_000 },
  async () => {
    const cacheDir = await temporaryFolder()
    await chmod(cacheDir, 0o777)
    const { stdout, output } = await run(process.execPath, [PROGRAM, cacheDir], {
      user: plainUser,
      env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent' },
      cwd: '/',
    })
    expect(output).toContain('Fetching rclone from Debian sid')
    const found = JSON.parse(stdout.split('\n').at(-2) ?? '') as { path: string; version: string }
    expect(found.path).toBe(`${cacheDir}/${found.version}/rclone`)
    const answer = await run(found.path, ['version'])
    expect(answer.stdout).toContain(`rclone v${found.version}`)
  },
)
