import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { startPostgres } from '#bin/postgres.ts'
import { connect } from '#lib/db/client.ts'
import { migrate } from '#lib/db/migrate.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plantLarge, treeOf } from '#tests/support/files.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'

// A server of this file's own: the others must not lose theirs.
const folder = await mkdtemp(join(tmpdir(), 'pg-'))
await chmod(folder, 0o711)
const options = { dataDir: folder, logDir: join(folder, 'logs') }
let server = await startPostgres(options)
await migrate(server.url)
const database = { ...connect(server.url, { max: 8, name: 'test' }), url: server.url }
afterAll(async () => {
  await database.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})
const depot = await openDepot(database)

test('a transfer goes on while the database is away for longer than a lease, and its end is told after', async () => {
  const worker = await depot.worker(onTestFinished)
  await plantLarge(join(depot.in, 'big.bin'), 24 * 1024 * 1024)
  const { id } = await depot.begin({ options: { bandwidth: '2M' } })
  await whenMoving(database, id)
  const { port } = server
  await server.stop()
  // Twelve seconds without a database: the lease is ten, and the transfer takes twelve.
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  server = await startPostgres({ ...options, port })

  expect(await whenEnded(database, id)).toMatchObject({
    state: 'completed',
    attempt: 1,
    bytes: 24 * 1024 * 1024,
  })
  expect(treeOf(depot.out)).toEqual(treeOf(depot.in))
  expect(worker.process.exitCode).toBeNull()
  expect((await depot.files(id)).map(({ path, state }) => ({ path, state }))).toEqual([
    { path: 'big.bin', state: 'completed' },
  ])
})
