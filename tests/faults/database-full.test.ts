import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '#tests/start/processes.ts'
import { client, makeKey } from '#tests/support/api.ts'
import { check } from '#tests/support/checker.ts'
import { readBooks } from '#tests/support/checks/books.ts'
import { type Errand, survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge, tempFolder } from '#tests/support/files.ts'
import { openOwnServer } from '#tests/support/own-server.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded, whenMoving } from '#tests/support/when.ts'

const asRoot = process.getuid?.() === 0 && process.platform === 'linux'
const MiB = 1024 * 1024
const FILES = 4000

/** Takes all room that is left on the file system of `folder`; returns how to give it back. */
function fill(folder: string): () => void {
  const path = join(folder, 'ballast')
  const file = openSync(path, 'w')
  for (const part of [Buffer.alloc(MiB), Buffer.alloc(4096)]) {
    try {
      for (;;) writeSync(file, part)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' })
    }
  }
  closeSync(file)
  expect(statfsSync(folder).bavail).toBe(0)
  return () => rmSync(path)
}

test.skipIf(!asRoot)(
  'the disk of PostgreSQL is full under a transfer: it goes on, the web says 503, all is told when there is room',
  async () => {
    const folder = await tempFolder(onTestFinished)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'file-orbit-test', folder])
    onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
    const server = await openOwnServer(onTestFinished, folder)
    const depot = await openDepot(server.database, onTestFinished)
    const worker = await depot.worker(onTestFinished)
    const web = await startWeb(server.database.url, onTestFinished)
    const api = client(web.url, { authorization: `Bearer ${await makeKey(depot.ctx, 'operator')}` })

    // Names so long that the rows of these files need pages that the table does not have yet.
    const name = (n: number) => `s/${n}-${'x'.repeat(200)}.txt`
    const source = await plant(
      join(depot.in, 'a'),
      Object.fromEntries(Array.from({ length: FILES }, (_, n) => [name(n), `${n}`])),
    )
    await plantLarge(join(source, 'big.bin'), 8 * MiB)
    const destination = join(depot.out, 'a')
    await plant(join(depot.in, 'small'), { 'a.txt': 'a' })
    const atSource = survey(source)
    // One at a time, the large one first: it takes four seconds.
    const options = { bandwidth: '2M', transfers: 1 }
    const { id: jobId } = await depot.begin({ from: 'a', to: 'a', options })
    const errand: Errand = { jobId, operation: 'copy', source, destination, atSource, atDestination: {} }
    await whenMoving(server.database, jobId)
    const makeRoom = fill(folder)
    const create = () =>
      api.post('/jobs', {
        operation: 'copy',
        source: { endpointId: depot.source.id, path: 'small' },
        destination: { endpointId: depot.destination.id, path: 'b' },
      })
    // A new row may still fit into a page that is there; then it is made, and the next one is not.
    const answers = [await create()]
    while (answers.at(-1)!.status === 201) answers.push(await create())
    expect(answers.at(-1)).toMatchObject({
      status: 503,
      body: {
        ...{ title: 'Not available now', status: 503 },
        detail: expect.stringContaining('The disk of the database is full'),
      },
    })
    expect((await api.get('/jobs')).status).toBe(200)
    await eventually('the worker keeps', () => worker.output().includes('it is kept'), 30_000)
    const arrived = () =>
      existsSync(join(destination, 's')) &&
      readdirSync(join(destination, 's')).filter((path) => path.endsWith('.txt')).length
    await eventually('every file has arrived, and nobody could be told', () => arrived() === FILES, 90_000)
    expect((await readBooks(server.database, jobId)).transfers.length).toBeLessThan(FILES)
    makeRoom()
    // A log that could not grow makes PostgreSQL give up altogether; `npm start` starts it again.
    await server.start()
    expect(await whenEnded(server.database, jobId)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await check(server.database, errand)).toEqual([])
    expect((await readBooks(server.database, jobId)).transfers.length).toBe(FILES + 1)
    expect((await create()).status).toBe(201)
  },
)
