import { randomUUID } from 'node:crypto'
import { type CallOptions, RcError } from './rc-client.ts'
import type { Storage } from './remote.ts'
import type { Slot } from './slot.ts'

/** One entry of operations/list and operations/stat. */
export type RawEntry = { Path: string; Name: string; Size: number; ModTime?: string; IsDir: boolean }

type Question = { fs: Storage; remote?: string; opt: object; _config?: object; _filter?: object }

type Limits = CallOptions & {
  /** Called while rclone finds more and more: it shows that this moves. Where it throws, the listing is given up. */
  step?: () => void
}

const PULSE_MS = 1000

/** What rclone lists, parsed. Throws RcError, also where a folder may not be read. */
export function list(slot: Slot, question: Question, limits: Limits): Promise<RawEntry[]> {
  return listed(slot, question, limits, async (params, options) => {
    const { list } = await slot.call<{ list: RawEntry[] | null }>('operations/list', params, options)
    return list ?? []
  })
}

/** The same as it came, up to `most` bytes. Throws RcError, of status 413 where it is longer. */
export function listRaw(
  slot: Slot,
  question: Question,
  { most, ...limits }: Limits & { most: number },
): Promise<Uint8Array<ArrayBuffer>> {
  return listed(slot, question, limits, (params, options) => {
    return slot.raw('operations/list', params, { ...options, most })
  })
}

async function listed<T>(
  slot: Slot,
  question: Question,
  { step, ...options }: Limits,
  ask: (params: object, options: CallOptions) => Promise<T>,
): Promise<T> {
  const group = `list-${randomUUID()}`
  const pulse = step && pulseOf(slot, group, step)
  const signals = [options.signal, pulse?.signal].filter((signal) => signal !== undefined)
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined
  try {
    const answer = await ask(
      { remote: '', ...question, _group: group },
      { ...options, ...(signal && { signal }) },
    )
    // A folder that may not be read is answered as an empty one; only the statistics know of the error.
    const { errors, lastError } = await slot.stats(group)
    if (errors > 0) throw new RcError('operations/list', 500, lastError ?? 'The folder could not be read')
    return answer
  } catch (error) {
    // It may go on by itself.
    if (error instanceof RcError && error.status === 0) await slot.stopGroup(group).catch(() => {})
    throw error
  } finally {
    pulse?.end()
    // Of one that is not used again nobody asks for them, and it may hang.
    if (!slot.worn) await slot.call('core/stats-delete', { group }).catch(() => {})
  }
}

/** Calls `step` whenever the group has listed more than a while ago; `signal` is aborted when it throws. */
function pulseOf(slot: Slot, group: string, step: () => void): { signal: AbortSignal; end(): void } {
  const givenUp = new AbortController()
  let seen = 0
  const timer = setInterval(async () => {
    const listed = await slot.stats(group).then(
      (stats) => stats.listed,
      () => seen,
    )
    if (listed === seen) return
    seen = listed
    try {
      step()
    } catch (error) {
      givenUp.abort(error)
    }
  }, PULSE_MS)
  return { signal: givenUp.signal, end: () => clearInterval(timer) }
}
