import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { eventually } from '#tests/start/processes.ts'
import { plant, plantLarge, treeOf } from '#tests/support/files.ts'
import type { Later } from '#tests/support/later.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { startSsh } from '#tests/support/servers/ssh.ts'
import { openTcpGate } from '#tests/support/tcp-gate.ts'
import { openWarehouse } from '#tests/support/warehouse.ts'
import { whenEnded, whenJob } from '#tests/support/when.ts'
import type { WorkerOptions } from '#tests/support/worker.ts'
import { attemptsOf } from './account.ts'

const MiB = 1024 * 1024
/** By itself, so that the machine has time for what must not wait. */
const ALONE = { timeout: 120_000 }
/** Side by side: most of the time is a silence or a back-off. */
const PATIENT = { timeout: 240_000, concurrent: true }
const ENDED_WITHIN_MS = 90_000
const servers = { sftp: startSsh, smb: startSamba }

/** A local folder with files, and a storage elsewhere that is reached by way of a gate. */
async function openLink(kind: keyof typeof servers, later: Later, more: Partial<WorkerOptions> = {}) {
  const [warehouse, server] = await Promise.all([openWarehouse(more, later), servers[kind](later)])
  const gate = await openTcpGate(server, later)
  const folder = await plant(join(warehouse.root, 'in'), { 'a/small.txt': 'small', 'b/c.txt': 'c' })
  const local = (name: string, path: string) =>
    warehouse.endpoint(name, { type: 'local', path, settings: {} })
  const source = await local('in', folder)
  const near = await local('near', await plant(join(warehouse.root, 'near'), {}))
  const settings = { ...server.settings, port: String(gate.port) }
  const far = await warehouse.endpoint('far', { type: server.type, path: server.path, settings })
  const { database, ctx } = warehouse
  return {
    ...{ ...warehouse, gate, folder, source, near, far },
    arrived: join(server.folder, 'to'),
    /** A copy with some MiB of a large file on their way. */
    async halfWay(): Promise<Job> {
      await plantLarge(join(folder, 'big.bin'), 24 * MiB)
      const job = await warehouse.begin({
        ...{ from: [source, ''], to: [far, 'to'], options: { bandwidth: '2M' } },
      })
      // And no small one: of several the reasons may differ.
      const isHalfWay = ({ bytes, files }: JobRow) => files === 2 && bytes > 6 * MiB && bytes < 20 * MiB
      await whenJob(database, job.id, 'it is half way', isHalfWay)
      return job
    },
    /** As it is when it waits for its next attempt. */
    waits: ({ id }: Job) => whenJob(database, id, 'it waits', ({ state }) => state === 'retrying', 90_000),
    hurry: ({ id }: Job) => updateJob({ ctx: ctx.operator, id, input: { bandwidth: 'off' } }),
  }
}

type Link = Awaited<ReturnType<typeof openLink>>

/** It ends well, and what arrived is what was sent, no more and no less. */
async function arrives(link: Link, job: Job): Promise<void> {
  const { database, arrived, folder } = link
  const ended = await whenEnded(database, job.id, ENDED_WITHIN_MS)
  expect([ended.errorMessage, ended.state]).toEqual([null, 'completed'])
  expect(ended).toMatchObject({ files: 3, bytes: 24 * MiB + 6 })
  // Half files have names of their own.
  expect(treeOf(arrived)).toEqual(treeOf(folder))
  const rows = await link.files(job.id)
  expect(rows.map(({ path, state }) => `${state} ${path}`)).toEqual([
    ...['completed a/small.txt', 'completed b/c.txt', 'completed big.bin'],
  ])
}

describe.concurrent.each([
  ['sftp', 'ssh'],
  ['smb', 'samba'],
] as const)('%s over a network', (kind, need) => {
  test.skipIf(cannotRun(need))(
    'that becomes a black hole: silent, tried again, whole',
    PATIENT,
    async ({ onTestFinished }) => {
      const link = await openLink(kind, onTestFinished, { silenceSeconds: 3 })
      const job = await link.halfWay()
      link.gate.darken()
      const broken = await link.waits(job)
      expect(broken).toMatchObject({
        errorCause: 'silent',
        errorMessage: 'No byte and no file moved for 3 s.',
      })
      link.gate.lighten()
      await link.hurry(job)
      await arrives(link, job)
      const [first] = await attemptsOf(link.database, job.id)
      expect(first).toMatchObject({ state: 'interrupted', cause: 'silent' })
    },
  )

  test.skipIf(cannotRun(need))(
    'that is slow: takes its time, and the figures say so',
    PATIENT,
    async ({ onTestFinished }) => {
      const link = await openLink(kind, onTestFinished)
      await plantLarge(join(link.folder, 'big.bin'), 3 * MiB)
      link.gate.slow(MiB / 2)
      const job = await link.begin({ from: [link.source, ''], to: [link.far, 'to'] })
      const moving = await whenJob(
        link.database,
        job.id,
        'it says how fast and how long',
        ({ bytes, speed, etaSeconds }) => bytes > MiB && speed > 0 && etaSeconds !== null,
      )
      expect(moving).toMatchObject({ state: 'running', totalBytes: 3 * MiB + 6, attempt: 1 })
      expect(moving.speed).toBeLessThan(3 * MiB)
      expect(await whenEnded(link.database, job.id)).toMatchObject({
        ...{ state: 'completed', attempt: 1, files: 3, bytes: 3 * MiB + 6 },
      })
      expect(treeOf(link.arrived)).toEqual(treeOf(link.folder))
    },
  )
})

test.skipIf(cannotRun('ssh'))(
  'SFTP that is reset in mid-file: told, tried again after a while, whole',
  PATIENT,
  async ({ onTestFinished }) => {
    const link = await openLink('sftp', onTestFinished)
    const job = await link.halfWay()
    link.gate.reset()
    const broken = await link.waits(job)
    expect(broken).toMatchObject({ errorCause: 'network', attempt: 2 })
    await link.hurry(job)
    await arrives(link, job)
    const [first, second] = await attemptsOf(link.database, job.id)
    expect(first).toMatchObject({ state: 'failed', cause: 'network' })
    expect(second).toMatchObject({ state: 'completed' })
    expect(second!.startAfter!.getTime() - first!.finishedAt!.getTime()).toBeGreaterThan(1000)
  },
)

test.skipIf(cannotRun('samba'))(
  'SMB that is reset in mid-file: rclone itself begins the file anew, and it counts once',
  PATIENT,
  async ({ onTestFinished }) => {
    const link = await openLink('smb', onTestFinished)
    const job = await link.halfWay()
    link.gate.reset()
    await link.hurry(job)
    expect(await whenEnded(link.database, job.id)).toMatchObject({
      ...{ state: 'completed', attempt: 1, files: 3 },
      ...{ bytes: 24 * MiB + 6, totalBytes: 24 * MiB + 6 },
    })
    expect(treeOf(link.arrived)).toEqual(treeOf(link.folder))
  },
)

test.skipIf(cannotRun('ssh'))(
  'an endpoint that does not answer holds one slot, whatever is queued to it; all of it goes when it answers again',
  ALONE,
  async ({ onTestFinished }) => {
    const link = await openLink('sftp', onTestFinished, { silenceSeconds: 3, slots: 2 })
    const { database, gate } = link
    const to = (endpoint: Endpoint, n: number) =>
      link.begin({ from: [link.source, ''], to: [endpoint, `to/${n}`] })
    gate.darken()
    const dead: Job[] = []
    for (let n = 0; n < 5; n += 1) dead.push(await to(link.far, n))
    const failed = await Promise.any(
      dead.map(({ id }) => whenJob(database, id, 'it is known', ({ errorCause }) => errorCause !== null)),
    )
    expect(failed).toMatchObject({ state: 'retrying', errorCause: 'silent' })
    await eventually('the others say what they wait for', async () => {
      const rows = await database.sql`select 1 from jobs where state = 'pending' and waiting_for = 'endpoint'`
      // The look at it may have begun with one of them already.
      return rows.length >= 2
    })
    for (let n = 0; n < 8; n += 1) {
      const job = await to(link.near, n)
      expect(await whenEnded(database, job.id, 20_000)).toMatchObject({ state: 'completed', attempt: 1 })
      const [running] = await database.sql`
        select count(*)::int as count from jobs where state = 'running' and destination_endpoint_id = ${link.far.id}`
      expect(running!.count).toBeLessThanOrEqual(1)
    }
    gate.lighten()
    for (const { id } of dead) expect(await whenEnded(database, id)).toMatchObject({ state: 'completed' })
    for (let n = 0; n < 5; n += 1) expect(treeOf(join(link.arrived, String(n)))).toEqual(treeOf(link.folder))
  },
)
