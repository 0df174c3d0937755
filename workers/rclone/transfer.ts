import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FilePair } from '#lib/jobs/schema.ts'
import { AttemptAccount } from './attempt-account.ts'
import { noteAttempt } from './left-account.ts'
import { planCall, planPairs } from './plan.ts'
import { RcError } from './rc-client.ts'
import type { Slot } from './slot.ts'
import { planTogether, writeList } from './together.ts'
import type { Transfer, TransferEnd, TransferRequest } from './types.ts'

/** A stopped rclone removes its partial files in milliseconds; a storage that hangs may never let it. */
const STOP_TIMEOUT_MS = 10_000
/** Files of one call. Small ones take a millisecond each, so that a stop is heard within a second. */
const PORTION = 250
/** A stop that came before its call reached rclone found nothing to stop, so it is said again. */
const STOP_AGAIN_MS = 100
/** A stop touches only rclone's memory: one that answers none of so many in a row hangs, and hears nothing. */
const MOST_UNANSWERED = 2
/** Between the end of a connection and the end of the process behind it. */
const DEATH_MS = 1_000
/**
 * A killed process that hangs in the kernel is not gone, but does nothing any more beyond the one call that it
 * hangs in. Nobody else gets its slot; its attempt need not wait for a disk that may never answer.
 */
const DYING_MS = 5_000

/**
 * Starts one attempt in a slot that serves nothing else. Throws RangeError for a place that no verb should have
 * let through; everything later is in `done`.
 */
export function startTransfer(slot: Slot, request: TransferRequest): Transfer {
  const plan = request.pairs ? null : planCall(request)
  const account = new AttemptAccount(slot, request)
  noteAttempt(slot.folder, request)
  const stopListening = slot.listen((line) => account.onLine(line))
  let stopped = false
  let settled = false
  const givenUp = new AbortController()
  const neverSent = new Promise<never>((_, reject) => {
    givenUp.signal.addEventListener('abort', () => reject(new RcError('', 0, 'given up')), { once: true })
  })
  neverSent.catch(() => {})
  /** To plan is to look at the disks, and one of them may hang. */
  const unlessGivenUp = <T>(call: Promise<T>) => Promise.race([call, neverSent])

  async function run(): Promise<TransferEnd> {
    let error: string | null = null
    let died = false
    try {
      if (request.options.bandwidth) await slot.limit(request.options.bandwidth)
      if (plan) {
        const { command, params } = await unlessGivenUp(plan)
        if (stopped) throw new RcError(command, 500, 'context canceled')
        await slot.call(command, params, { timeoutMs: null, signal: givenUp.signal })
      } else await movePairs()
      // A rclone that is stopped while it makes its first list may call that a success (1.75.2): nothing copied.
      if (stopped) throw new RcError('', 500, 'context canceled')
    } catch (thrown) {
      if (!(thrown instanceof RcError)) {
        slot.doubt()
        throw thrown
      }
      error = thrown.message
      died = thrown.status === 0
    }
    if (died) await ensureDead(slot)
    return account.close({ died, stopped, error })
  }

  async function movePairs(): Promise<void> {
    const all = request.pairs ?? []
    await moveTogether(all)
    const left = all.filter(({ source }) => !account.isDone(source))
    for (let from = 0; from < left.length; from += PORTION) {
      if (stopped) throw new RcError('job/batch', 500, 'context canceled')
      const portion = left.slice(from, from + PORTION)
      const { command, params } = await unlessGivenUp(planPairs(request, portion))
      const { results } = await slot.call<{ results: { error?: string }[] }>(command, params, {
        ...{ timeoutMs: null, signal: givenUp.signal },
      })
      // A missing source brings no line in the log, only this answer.
      await slot.drainLog()
      for (const [at, { error }] of results.entries()) {
        if (error !== undefined) account.failed(portion[at]!.source, error)
      }
    }
    account.isWhole = true
  }

  /** Those that one call can do. What comes of each is in the log; what is not there is left to be named. */
  async function moveTogether(all: readonly FilePair[]): Promise<void> {
    const list = join(slot.folder, 'names')
    try {
      for (const { call, pairs, names } of await unlessGivenUp(planTogether(request, all, list))) {
        if (stopped) throw new RcError(call.command, 500, 'context canceled')
        // On a full disk they are named one by one.
        if (!(await writeList(list, names))) return
        let failed = false
        try {
          await slot.call(call.command, call.params, { timeoutMs: null, signal: givenUp.signal })
        } catch (error) {
          // That some of them failed is no error of the others.
          if (!(error instanceof RcError) || error.status === 0 || stopped) throw error
          failed = true
        }
        await account.settle(pairs, failed)
      }
    } finally {
      await rm(list, { force: true }).catch(() => {})
    }
  }

  const done = run().finally(() => {
    settled = true
    stopListening()
  })
  const over = done.catch(() => {})
  return {
    done,
    async stats() {
      const stats = await slot.stats(request.group)
      await slot.drainLog()
      return account.sent.eachOnce(stats)
    },
    async stop() {
      stopped = true
      const deadline = performance.now() + STOP_TIMEOUT_MS
      let unanswered = 0
      let killedAt: number | null = null
      while (!settled) {
        if (killedAt !== null) {
          if (performance.now() - killedAt > DYING_MS) givenUp.abort()
        } else if (performance.now() > deadline || unanswered >= MOST_UNANSWERED) {
          slot.kill()
          killedAt = performance.now()
        } else unanswered = (await isAnswered(slot.stopGroup(request.group))) ? 0 : unanswered + 1
        await Promise.race([over, sleep(STOP_AGAIN_MS)])
      }
    },
  }
}

/** Also by a refusal: then rclone at least is there. */
async function isAnswered(call: Promise<void>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    return error instanceof RcError && error.status !== 0
  }
}

/** No answer leaves open whether rclone still works on it; a dead one does not. */
async function ensureDead(slot: Slot): Promise<void> {
  await Promise.race([slot.exited, sleep(DEATH_MS)])
  slot.kill()
  await Promise.race([slot.exited, sleep(DYING_MS, null, { ref: false })])
}
