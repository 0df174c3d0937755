import { join } from 'node:path'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { cancelJob } from '#lib/jobs/stop-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { startVault } from '#tests/support/servers/vault.ts'
import { startWebdav } from '#tests/support/servers/webdav.ts'
import { openWarehouse } from '#tests/support/warehouse.ts'
import { whenEnded } from '#tests/support/when.ts'
import { attemptsOf, messagesOf } from './account.ts'

const SILENCE_SECONDS = 4

const vault = await startVault(afterAll)
const server = await startWebdav(afterAll, inject('rclone'))
vault.secrets.set('secret/nas', { password: server.password })
const warehouse = await openWarehouse({
  silenceSeconds: SILENCE_SECONDS,
  env: { FILE_ORBIT_SECRET_STORES: 'vault:secret/', VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token },
})
const began = performance.now()
const { database } = warehouse
const folder = await plant(join(warehouse.root, 'in'), { 'a.txt': 'a' })
const source = await warehouse.endpoint('in', { type: 'local', path: folder, settings: {} })
const settings = { ...server.settings, pass: 'vault:secret/nas#password' }
const destination = await warehouse.endpoint('out', { ...server, settings })

/** A job whose secrets are being waited for, as it has told already. */
async function waitingJob(to: string) {
  const release = vault.hold()
  onTestFinished(release)
  const { id } = await warehouse.begin({ from: [source, ''], to: [destination, to] })
  await eventually('it has begun, and said so', async () => {
    return (await messagesOf(warehouse, id)).includes('Attempt 1 begins: copy.')
  })
  return { id, release }
}

test('an attempt whose secrets take their time is not silent, however old its worker is', async () => {
  await eventually('it is older', () => performance.now() - began > SILENCE_SECONDS * 1000, 10_000)
  const { id, release } = await waitingJob('slow')
  release()
  const ended = await whenEnded(database, id)
  expect([ended.state, ended.attempt, ended.errorMessage]).toEqual(['completed', 1, null])
  expect(treeOf(join(server.folder, 'slow'))).toEqual({ 'a.txt': 'a' })
})

test('it can be cancelled meanwhile', async () => {
  const { id, release } = await waitingJob('cancelled')
  await cancelJob({ ctx: warehouse.ctx.operator, id })
  expect(await whenEnded(database, id, 20_000)).toMatchObject({ state: 'cancelled' })
  release()
  expect(await attemptsOf(database, id)).toMatchObject([{ state: 'cancelled' }])
  expect(treeOf(server.folder)).not.toHaveProperty('cancelled/a.txt')
})
