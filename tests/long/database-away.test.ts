import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { client, makeKey } from '#tests/support/api.ts'
import { check } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge } from '#tests/support/files.ts'
import { follow } from '#tests/support/follower.ts'
import { openOwnServer } from '#tests/support/own-server.ts'
import { tellResult } from '#tests/support/result.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'

const AWAY_SECONDS = Number(process.env.FILE_ORBIT_AWAY_SECONDS ?? 600)
const FILES = 30_000
const KiB = 1024

test(`PostgreSQL is away for ${AWAY_SECONDS} s: a transfer that ends meanwhile and one that does not lose nothing`, async () => {
  const server = await openOwnServer(onTestFinished)
  const { database } = server
  const depot = await openDepot(database, onTestFinished)
  const worker = await depot.worker(onTestFinished, { slots: 2 })
  const web = await startWeb(database.url, onTestFinished)
  const api = client(web.url, { authorization: `Bearer ${await makeKey(depot.ctx, 'operator')}` })
  const follower = follow([api], onTestFinished)

  // One of many files, more than a report holds, that ends while nobody can be told; one that outlasts the absence.
  await plantLarge(join(depot.in, 'many', 'first.bin'), 4096 * KiB)
  await plant(
    join(depot.in, 'many'),
    Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`s/${n % 100}/${n}.txt`, `${n}`])),
  )
  await plantLarge(join(depot.in, 'large', 'large.bin'), (AWAY_SECONDS + 60) * 64 * KiB)
  const errand = async (name: string, bandwidth: string): Promise<Errand> => {
    const [source, destination] = [join(depot.in, name), join(depot.out, name)]
    const { id } = await depot.begin({ from: name, to: name, options: { bandwidth, transfers: 1 } })
    await whenMoving(database, id)
    const atSource = survey(source)
    return { jobId: id, operation: 'copy', source, destination, atSource, atDestination: {} }
  }
  const errands = [await errand('large', '64K'), await errand('many', '1M')]
  await server.stop()
  await sleep(AWAY_SECONDS * 1000)
  expect((await api.get('/jobs')).status).toBe(503)
  const back = performance.now()
  await server.start()

  await whenEnded(database, errands[1]!.jobId, 120_000)
  const toldAfter = Math.round(performance.now() - back)
  await follower.knowsEndOf([errands[1]!.jobId])
  const streamedAfter = Math.round(performance.now() - back)
  for (const one of errands) {
    expect(await whenEnded(database, one.jobId, 300_000)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await check(database, one)).toEqual([])
  }
  expect((await readBooks(database, errands[1]!.jobId)).transfers.length).toBe(FILES + 1)
  await follower.knowsEndOf(errands.map(({ jobId }) => jobId))
  expect(worker.process.exitCode).toBeNull()
  expect(web.process.exitCode).toBeNull()
  tellResult('database-away', { awaySeconds: AWAY_SECONDS, files: FILES, toldAfter, streamedAfter })
})
