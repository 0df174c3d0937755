import { join } from 'node:path'
import { expect, type TestContext } from 'vitest'
import { updateJob } from '#lib/jobs/update-job.ts'
import { gone, processesWith, type RunningProcess } from '#tests/start/processes.ts'
import { checkAfterKill } from '../checker.ts'
import { type Errand, survey } from '../checks/errand.ts'
import { type Depot, openDepot } from '../depot.ts'
import { holdersOf, plant, plantLarge } from '../files.ts'
import type { Later } from '../later.ts'
import { whenEnded } from '../when.ts'
import type { WorkerProcess } from '../worker.ts'
import { refused } from './run.ts'

/** A depot for one test that runs beside others, with what a test of one kill needs. */
export type Scene = Depot & {
  later: Later
  /** Forty small files and a large one, which takes a minute until somebody lifts the limit. */
  slow(operation?: Errand['operation']): Promise<Errand>
  quick(): Promise<Errand>
  /** Another worker brings it to its end, in its second attempt. */
  finish(errand: Errand, mayBeUntold?: number): Promise<void>
}

export function scene(body: (scene: Scene) => Promise<void>): (context: TestContext) => Promise<void> {
  return async ({ onTestFinished: later }) => {
    const depot = await openDepot(undefined, later)
    await body({ ...depot, later, ...errandsOf(depot, later) })
    expect(holdersOf(depot.root)).toEqual([])
  }
}

function errandsOf(depot: Depot, later: Later): Pick<Scene, 'slow' | 'quick' | 'finish'> {
  const { database } = depot
  let errands = 0
  return {
    async slow(operation = 'copy') {
      const name = `slow-${++errands}`
      const small = Array.from({ length: 40 }, (_, n) => [`s/${n}.txt`, `small ${n}`])
      const source = await plant(join(depot.in, name), Object.fromEntries(small))
      await plantLarge(join(source, 'big.bin'), 50 * 1024 * 1024)
      const destination = await plant(join(depot.out, name), { 's/1.txt': 'an older one', 'own.txt': 'own' })
      const before = { atSource: survey(source), atDestination: survey(destination) }
      const { id } = await depot.begin({ operation, from: name, to: name, options: { bandwidth: '1M' } })
      return { jobId: id, operation, source, destination, ...before }
    },
    async quick() {
      const name = `quick-${++errands}`
      const source = await plant(join(depot.in, name), { 'a.txt': 'a', 'b/c.txt': 'c' })
      const atSource = survey(source)
      const { id } = await depot.begin({ from: name, to: name })
      const destination = join(depot.out, name)
      return { jobId: id, operation: 'copy', source, destination, atSource, atDestination: {} }
    },
    async finish(errand, mayBeUntold = 0) {
      await depot.worker(later)
      await updateJob({ ctx: depot.ctx.operator, id: errand.jobId, input: { bandwidth: 'off' } }).catch(
        refused,
      )
      expect(await whenEnded(database, errand.jobId)).toMatchObject({ state: 'completed', attempt: 2 })
      const { findings, untold } = await checkAfterKill(database, errand)
      expect(findings).toEqual([])
      expect(untold.length).toBeLessThanOrEqual(mayBeUntold)
    },
  }
}

export function rclonesOf({ pid }: WorkerProcess): RunningProcess[] {
  return processesWith('rcd --use-json-log').filter(({ parent }) => parent === pid)
}

/** Kills it; its rclones must go by themselves. */
export async function kill(worker: WorkerProcess): Promise<void> {
  const rclones = rclonesOf(worker)
  await worker.end('SIGKILL')
  for (const { pid } of rclones) await gone(pid, 10_000)
}

/**
 * The same, but surely in mid-file: an rclone that sees its worker's connection end before its own end comes may find
 * the time to remove its partial file.
 */
export async function killInMidFile(worker: WorkerProcess): Promise<void> {
  for (const { pid } of rclonesOf(worker)) process.kill(pid, 'SIGSTOP')
  await kill(worker)
}
