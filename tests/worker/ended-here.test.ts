import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { and, eq, sql } from 'drizzle-orm'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { registerWorker } from '#lib/agents/register-worker.ts'
import { type ProcessMark, workers } from '#lib/db/schema/agents.ts'
import { attempts } from '#lib/db/schema/jobs.ts'
import { isRunning } from '#tests/start/processes.ts'
import { openStage } from '#tests/support/stage.ts'
import { whenJob } from '#tests/support/when.ts'
import { startSweeper } from '#workers/maintenance/sweeper.ts'
import { hasEnded, machineIdentity, markOf } from '#workers/processes.ts'

const stage = await openStage(afterAll)
const { db } = stage.database
const here = machineIdentity()!
const facts = { host: hostname(), rcloneVersion: '0', rclonePath: '/', slots: 4 }

function living(): ChildProcess {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function endedMark(): Promise<ProcessMark> {
  const child = living()
  const mark = markOf(child.pid!)!
  child.kill('SIGKILL')
  await once(child, 'exit')
  return mark
}

type Holder = { machine?: string; process: ProcessMark; slots?: ProcessMark[]; lease?: number }

/** A job held by a worker with this row; its lease is good for `lease` seconds more, and grows no more. */
async function heldBy({ machine = here, process, slots = [], lease = 7 }: Holder): Promise<string> {
  const { job, held } = await stage.running()
  const workerId = await registerWorker({
    ctx: stage.ctx.agent,
    facts: {
      ...facts,
      ...{ agentId: stage.source.agent.id, machine, pid: process.pid, processStartedAt: process.startedAt },
    },
  })
  await db
    .update(workers)
    .set({ slotProcesses: slots.map((slot) => ({ ...slot, folder: '/nowhere' })) })
    .where(eq(workers.id, workerId))
  await db
    .update(attempts)
    .set({ workerId, leaseUntil: sql`now() + make_interval(secs => ${lease})` })
    .where(eq(attempts.id, held.attemptId))
  return job.id
}

const rescued = (id: string) =>
  whenJob(stage.database, id, 'its attempt was given back', ({ attempt }) => attempt === 2, 10_000)

test('work of a process of this machine that has ended is given back before its lease runs out, other work is not', async () => {
  const gone = await endedMark()
  const child = living()
  const alive = markOf(child.pid!)!
  const kept = {
    'it lives': await heldBy({ process: alive }),
    'another machine': await heldBy({ machine: `${here} else`, process: gone }),
    'another machine, its number given on': await heldBy({
      machine: 'another pid:[1]',
      process: { ...alive, startedAt: '1' },
    }),
    'its lease is still renewed': await heldBy({ process: gone, lease: 3600 }),
  }
  const over = {
    gone: await heldBy({ process: gone }),
    reused: await heldBy({ process: { ...alive, startedAt: '1' } }),
  }
  // One sweep judges all of them at once.
  const stop = startSweeper(stage.ctx.agent)
  onTestFinished(stop)
  for (const id of Object.values(over)) {
    expect(await rescued(id)).toMatchObject({ state: 'queued', errorCause: 'worker_lost' })
    expect((await stage.attemptsOf(id))[0]).toMatchObject({ state: 'interrupted', cause: 'worker_lost' })
  }
  stop()
  for (const [what, id] of Object.entries(kept)) {
    const live = await db
      .select()
      .from(attempts)
      .where(and(eq(attempts.jobId, id), eq(attempts.state, 'running')))
    expect(live, what).toMatchObject([{ number: 1 }])
  }
})

test('rclone that outlived its worker is ended before the work is given back', async () => {
  const rclone = living()
  const left = { mark: markOf(rclone.pid!)!, ended: once(rclone, 'exit') }
  const id = await heldBy({ process: await endedMark(), slots: [left.mark] })
  onTestFinished(startSweeper(stage.ctx.agent))
  await rescued(id)
  expect(isRunning(rclone.pid!)).toBe(false)
  expect(await left.ended).toEqual([null, 'SIGKILL'])
})

test('a process has ended when its number is free, given on or held by a zombie', async () => {
  const gone = await endedMark()
  expect(hasEnded(gone)).toBe(true)
  const self = markOf(process.pid)!
  expect(hasEnded(self)).toBe(false)
  expect(hasEnded({ ...self, startedAt: '1' })).toBe(true)
  // A shell that becomes `sleep` never asks how its child ended.
  const shell = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void shell.kill('SIGKILL'))
  const [line] = (await once(shell.stdout, 'data')) as [Buffer]
  const mark = markOf(Number(line.toString()))!
  // Until it has, it may ask.
  await expect.poll(() => readFileSync(`/proc/${shell.pid}/comm`, 'utf8').trim()).toBe('sleep')
  expect(hasEnded(mark)).toBe(false)
  process.kill(mark.pid, 'SIGKILL')
  await expect.poll(() => hasEnded(mark)).toBe(true)
  expect(() => process.kill(mark.pid, 0)).not.toThrow()
})
