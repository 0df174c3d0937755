import { type OAuthStorage, startOAuthStorage } from '#tests/support/servers/oauth-storage.ts'
import { type S3Server, startS3 } from '#tests/support/servers/s3.ts'
import { type SambaServer, startSamba } from '#tests/support/servers/samba.ts'
import { type SshServer, startSsh } from '#tests/support/servers/ssh.ts'
import { test as base } from './stocked.ts'

export type Storages = { ssh: SshServer; s3: S3Server; smb: SambaServer; cloud: OAuthStorage }

/** Real servers beside a File Orbit, each started when a test first asks for it. */
export const test = base.extend<object, Storages>({
  ssh: [async ({ browserName: _ }, use) => during(startSsh, use), { scope: 'worker', timeout: 120_000 }],
  s3: [async ({ browserName: _ }, use) => during(startS3, use), { scope: 'worker', timeout: 120_000 }],
  cloud: [
    async ({ browserName: _ }, use) =>
      during((later) => startOAuthStorage(later, { 'A001/clip.mxf': 'abc' }), use),
    { scope: 'worker' },
  ],
  smb: [async ({ browserName: _ }, use) => during(startSamba, use), { scope: 'worker', timeout: 120_000 }],
})

type Later = (end: () => Promise<void>) => void

async function during<T>(
  start: (later: Later) => Promise<T>,
  use: (server: T) => Promise<void>,
): Promise<void> {
  const ends: (() => Promise<void>)[] = []
  const server = await start((end) => ends.push(end))
  await use(server)
  for (const end of ends.toReversed()) await end()
}
