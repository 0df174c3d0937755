import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { startS3 } from '#tests/support/servers/s3.ts'
import { openSlot } from '#tests/support/slots.ts'
import { listFolder } from '#workers/rclone/places.ts'
import { slotEnvironment } from '#workers/rclone/slot-folder.ts'

// ECS tells a container where its role's keys are (docs.aws.amazon.com/sdkref, "Container credential provider").

const TOKEN = 'only this container has it'
const s3 = await startS3(afterAll)
const { access_key_id, secret_access_key, ...settings } = s3.settings
const place = { type: 's3', root: s3.path, path: '', settings: { ...settings, env_auth: 'true' } }

async function startCredentials(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? '')
    const Expiration = new Date(Date.now() + 3_600_000).toISOString()
    const keys = {
      AccessKeyId: access_key_id,
      SecretAccessKey: secret_access_key,
      Token: 'session',
      Expiration,
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/role`, asked }
}

function given(variables: Record<string, string>): void {
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
}

test('an endpoint that uses it signs in as the container; others do not ask for it', async () => {
  const { url, asked } = await startCredentials()
  given({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: TOKEN })
  const slot = await openSlot(onTestFinished)
  expect(await listFolder(slot, { ...place, settings: s3.settings })).toEqual([])
  expect(asked).toEqual([])
  expect(await listFolder(slot, place)).toEqual([])
  expect(asked).toEqual([TOKEN])
})

test('keys of an account that the worker has are not rclone’s', () => {
  given({ AWS_ACCESS_KEY_ID: access_key_id!, AWS_SECRET_ACCESS_KEY: secret_access_key!, AWS_PROFILE: 'mine' })
  const names = Object.keys(slotEnvironment('/run/slot', 'user', 'password'))
  expect(names.filter((name) => name.startsWith('AWS_'))).toEqual([])
})
