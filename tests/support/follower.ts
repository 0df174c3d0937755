import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '#lib/jobs/schema.ts'
import { isTerminal, type JobState } from '#lib/jobs/states.ts'
import type { EventStream, StreamEvent } from './api.ts'
import type { Later } from './later.ts'

type Server = { stream(path: string, headers?: Record<string, string>): Promise<EventStream> }

export type Follower = {
  /** The states that it was told of, in their order. */
  statesOf(id: string): JobState[]
  /** Resolves when it has been told of the end of every one of them. */
  knowsEndOf(ids: string[], withinMs?: number): Promise<void>
  /** How often its stream ended or could not be opened. */
  readonly breaks: number
}

/**
 * A client of the stream of all jobs as an EventSource is one: when its stream ends it connects again, with the
 * last id that it saw; of several servers to the next one in turn.
 */
export function follow(servers: Server[], later: Later): Follower {
  const states = new Map<string, JobState[]>()
  const wakers = new Set<() => void>()
  let stream: EventStream | null = null
  let lastId: string | undefined
  let breaks = 0
  let closed = false

  const note = (job: Job) => {
    const seen = states.get(job.id) ?? []
    if (seen.at(-1) !== job.state) states.set(job.id, [...seen, job.state])
  }
  const take = ({ id, event, data }: StreamEvent) => {
    lastId = id ?? lastId
    if (event === 'snapshot') (data.items as Job[]).forEach(note)
    if (event === 'job') note(data as unknown as Job)
    for (const wake of wakers) wake()
    return false
  }
  const run = async () => {
    for (let turn = 0; !closed; turn += 1) {
      try {
        stream = await servers[turn % servers.length]!.stream(
          '/stream',
          lastId ? { 'last-event-id': lastId } : {},
        )
        if (stream.status === 200) await stream.next(take)
        else await stream.close()
      } catch {
        // Refused, or cut in the middle of an event.
      }
      breaks += 1
      await sleep(50)
    }
  }
  const running = run()
  later(async () => {
    closed = true
    await stream?.close()
    await running
  })

  const untold = (ids: string[]) => ids.filter((id) => !isTerminal(states.get(id)?.at(-1) ?? 'queued'))
  return {
    statesOf: (id) => states.get(id) ?? [],
    get breaks() {
      return breaks
    },
    async knowsEndOf(ids, withinMs = 45_000) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        if (untold(ids).length === 0) resolve()
      }
      const late = () => reject(new Error(`Not told within ${withinMs} ms of the end of ${untold(ids)}`))
      const timer = setTimeout(late, withinMs)
      wakers.add(look)
      look()
      await promise.finally(() => {
        clearTimeout(timer)
        wakers.delete(look)
      })
    },
  }
}
