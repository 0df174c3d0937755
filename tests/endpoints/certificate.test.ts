import { dirname, join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { openAgent } from '#tests/support/asked.ts'
import { startFtp } from '#tests/support/servers/ftp.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startWebdav } from '#tests/support/servers/webdav.ts'
import { testPlace } from '#workers/endpoints/test-endpoint.ts'

// An authority of one's own, trusted by SSL_CERT_FILE: the test of an endpoint trusts whom rclone trusts.

test.skipIf(cannotRun('tls'))('WebDAV with TLS, its certificate trusted by the machine', async () => {
  const server = await startWebdav(afterAll, inject('rclone'), { tls: true })
  // Before the first rclone starts, and before Node reads it.
  process.env.SSL_CERT_FILE = join(dirname(server.log), 'tls.crt')
  const agent = await openAgent()
  const asked = await agent.asked(server)
  const { ok, stages } = await testPlace(agent.slot, agent.opener, asked, { write: true })
  const passed = ['settings', 'resolve', 'connect', 'secure', 'sign_in', 'list', 'write']
  expect(stages.map(({ stage, cause }) => cause ?? stage)).toEqual(passed)
  expect(ok).toBe(true)
})

test.skipIf(cannotRun('ftp'))('another server, whose certificate is not that one', async () => {
  const server = await startFtp(afterAll)
  const agent = await openAgent()
  const { no_check_certificate: _, ...settings } = server.tlsSettings
  const asked = await agent.asked({ ...server, settings })
  const { stages } = await testPlace(agent.slot, agent.opener, asked, { write: false })
  expect(stages.at(-1)).toMatchObject({ stage: 'secure', cause: 'certificate' })
})
