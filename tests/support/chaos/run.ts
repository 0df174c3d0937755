import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { jobs } from '#lib/db/schema/jobs.ts'
import { ConflictError } from '#lib/errors.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import { isTerminal, operations } from '#lib/jobs/states.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { checkAfterKill } from '../checker.ts'
import { type Errand, survey } from '../checks/errand.ts'
import type { Arena } from './arena.ts'
import type { Chance } from './random.ts'
import { plantSides } from './trees.ts'

export type Told = {
  jobs: number
  files: number
  attempts: number
  untold: number
  faults: string[]
  findings: string[]
}

/** Causes for which a job may give up while everything around it dies; any other means it was told wrongly. */
const OURS = ['worker_lost', 'rclone_died']
const END_WITHIN_MS = 150_000

/** Some jobs, some faults at random moments, workers again, and then the checker. */
export async function chaosRun(arena: Arena, chance: Chance, name: string): Promise<Told> {
  while (arena.workers.size < 2) await arena.startWorker()
  const errands: Errand[] = []
  const told: Told = { jobs: 0, files: 0, attempts: 0, untold: 0, faults: [], findings: [] }
  // Drawn before anything runs, so that a seed stands for the same faults however fast the machine is.
  const planned = Array.from({ length: chance.whole(1, 4) }, () => ({
    at: chance.whole(100, 5000),
    fault: chance.pick(faults),
    chance: chance.whole(0, 2 ** 31),
  })).toSorted((a, b) => a.at - b.at)
  for (let n = chance.whole(2, 4); n > 0; n -= 1) errands.push(await begin(arena, chance, `${name}-${n}`))
  const began = performance.now()
  const pending: Promise<unknown>[] = []
  for (const { at, fault, chance: seed } of planned) {
    await sleep(Math.max(0, at - (performance.now() - began)))
    told.faults.push(fault.name)
    pending.push(fault(arena, errands, seed))
  }
  await Promise.all(pending)
  while (arena.workers.size < 2) await arena.startWorker()
  for (const errand of errands) {
    const { row, findings } = await bringToEnd(arena, errand)
    told.jobs += 1
    told.files += Object.keys(errand.atSource).length
    told.attempts += row.attempt
    const end = await arena.persist(() => checkAfterKill(arena.database, errand))
    told.untold += end.untold.length
    const all = [...findings, ...end.findings]
    told.findings.push(...all.map((finding) => `${name} ${errand.operation} ${errand.jobId}: ${finding}`))
  }
  return told
}

async function begin(arena: Arena, chance: Chance, name: string): Promise<Errand> {
  const from = chance.pick(arena.sources)
  const source = join(from.folder, name)
  const destination = join(arena.destination.folder, name)
  await plantSides(chance, source, destination)
  const operation = chance.pick(operations)
  const [atSource, atDestination] = [survey(source), survey(destination)]
  const bandwidth = chance.pick(['200K', '400K', '800K', '2M'])
  const { id } = await createJob({
    ctx: arena.ctx.operator,
    input: {
      operation,
      source: { endpointId: from.id, path: name },
      destination: { endpointId: arena.destination.id, path: name },
      options: { bandwidth, transfers: chance.whole(1, 6) },
    },
  })
  return { jobId: id, operation, source, destination, atSource, atDestination }
}

type Fault = (arena: Arena, errands: Errand[], seed: number) => Promise<unknown>

function one<T>(of: Iterable<T>, seed: number): T | undefined {
  const all = [...of]
  return all[seed % Math.max(1, all.length)]
}

const faults: Fault[] = [
  async function killWorker(arena, _, seed) {
    await one(arena.workers, seed)?.end('SIGKILL')
    await sleep(seed % 3000)
    await arena.startWorker()
  },
  async function freezeWorker(arena, _, seed) {
    const worker = one(arena.workers, seed)
    worker?.process.kill('SIGSTOP')
    await sleep(500 + (seed % 15_000))
    worker?.process.kill('SIGCONT')
  },
  async function killRclone(arena, _, seed) {
    const pid = one(arena.rclones(), seed)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  },
  async function rollWorker(arena, _, seed) {
    const old = one(arena.workers, seed)
    await arena.startWorker()
    // One that is frozen meanwhile ends when it wakes.
    old?.process.kill('SIGTERM')
  },
  async function restartPostgres(arena) {
    await arena.restartPostgres()
  },
  async function person(arena, errands, seed) {
    const { jobId: id } = one(errands, seed)!
    const ctx = arena.ctx.operator
    for (let n = 0; n < 3; n += 1) {
      const verb = [cancelJob, pauseJob, resumeJob, retryJob][(seed >> (2 * n)) & 3]!
      await arena.persist(() => verb({ ctx, id })).catch(refused)
      await sleep((seed >> n) % 700)
    }
  },
]

/** A verb that comes too late or too early is refused; anything else is a bug. */
export function refused(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error
}

/** Resumes, retries and hurries until the job has completed. What it should not have said on the way is a finding. */
async function bringToEnd(arena: Arena, errand: Errand): Promise<{ row: JobRow; findings: string[] }> {
  const { jobId: id } = errand
  const { database, persist } = arena
  const ctx = arena.ctx.operator
  const findings: string[] = []
  const deadline = performance.now() + END_WITHIN_MS
  for (;;) {
    const row = await persist(async () => (await database.db.select().from(jobs).where(eq(jobs.id, id)))[0]!)
    if (row.state === 'completed') return { row, findings }
    if (performance.now() > deadline) return { row, findings: [...findings, `still ${row.state}`] }
    if (isTerminal(row.state))
      findings.push(...(await persist(() => checkAfterKill(database, errand))).findings.map(atStop))
    if (row.state === 'failed' && !OURS.includes(row.errorCause ?? '')) {
      findings.push(`failed by ${row.errorCause}: ${row.errorMessage}`)
    }
    if (isTerminal(row.state)) await persist(() => retryJob({ ctx, id })).catch(refused)
    if (row.state === 'paused') await persist(() => resumeJob({ ctx, id })).catch(refused)
    if (row.options.bandwidth !== 'off')
      await persist(() => updateJob({ ctx, id, input: { bandwidth: 'off' } })).catch(refused)
    await sleep(100)
  }
}

const atStop = (finding: string) => `when it had stopped: ${finding}`
