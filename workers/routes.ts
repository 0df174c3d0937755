import type { Assignment } from '#lib/jobs/assignment.ts'
import type { Cause } from '#lib/jobs/causes.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { routeOf } from '#lib/jobs/route.ts'

/** An endpoint that does not answer ends attempts so, after a minute or ten of a slot. */
const OF_AN_ENDPOINT: ReadonlySet<Cause> = new Set(['network', 'host_unknown', 'silent'])

const firstWaitMs = 2_000
const longestWaitMs = 120_000
/** Trouble that nobody has met again for so long says nothing any more. */
const FORGOTTEN_MS = 15 * 60_000

type Trouble = {
  /** When the latest attempt ended in it. */
  since: number
  /** How often an attempt that knew of it has ended in it again. */
  again: number
  /** Before that nothing begins. */
  until: number
}

/** An attempt that runs: how much it had moved when it was last looked at. */
type Run = { route: string; began: number; moved: number; at: number }

/**
 * Which routes (lib/jobs/route.ts) this worker may begin attempts on. One whose last attempt ended because an endpoint
 * did not answer gets one at a time, the next after a wait that doubles, until one completes or moves something; such
 * routes together take no more than half of the slots. In memory: what a machine can reach is its own to find out, and
 * a worker that knows nothing of it loses a round of attempts, no more.
 */
export class Routes {
  readonly #most: number
  readonly #now: () => number
  readonly #troubles = new Map<string, Trouble>()
  readonly #runs = new Map<string, Run>()
  readonly #freed = new Set<string>()

  constructor(slots: number, now: () => number = () => performance.now()) {
    this.#most = Math.max(1, Math.floor(slots / 2))
    this.#now = now
  }

  /** What must not be taken now, and how many may be at a time: more could be of one route that gets only one. */
  get claim(): { notOn: string[]; most: number } {
    this.#forget()
    const notOn = this.held
    return { notOn, most: this.#troubles.size > notOn.length ? 1 : Number.POSITIVE_INFINITY }
  }

  get held(): string[] {
    const running = [...this.#runs.values()].filter(({ route }) => this.#troubles.has(route))
    return [...this.#troubles].flatMap(([route, { until }]) =>
      this.#now() < until || running.length >= this.#most || running.some((run) => run.route === route)
        ? [route]
        : [],
    )
  }

  /** The routes that are out of trouble since this was last asked. */
  takeFreed(): string[] {
    const freed = [...this.#freed].filter((route) => !this.#troubles.has(route))
    this.#freed.clear()
    return freed
  }

  giveBackFreed(freed: string[]): void {
    for (const route of freed) this.#freed.add(route)
  }

  begins(assignment: Assignment): void {
    const now = this.#now()
    const route = routeOf({
      sourceEndpointId: assignment.source.row,
      destinationEndpointId: assignment.destination.row,
    })
    this.#runs.set(assignment.attemptId, { route, began: now, moved: 0, at: now })
  }

  /** An attempt has moved so much by now. True when that shows its route to be out of trouble. */
  moves(attemptId: string, moved: number): boolean {
    const run = this.#runs.get(attemptId)
    if (!run) return false
    const before = { ...run }
    Object.assign(run, { moved, at: this.#now() })
    const trouble = this.#troubles.get(run.route)
    // What it moved before says nothing: one that hangs may have moved much.
    return trouble !== undefined && before.at >= trouble.since && moved > before.moved
      ? this.#free(run.route)
      : false
  }

  ends(attemptId: string, outcome: AttemptOutcome): void {
    const run = this.#runs.get(attemptId)
    if (!run) return
    this.#runs.delete(attemptId)
    if (outcome.kind === 'completed') this.#free(run.route)
    else if ('cause' in outcome && OF_AN_ENDPOINT.has(outcome.cause)) this.#note(run)
  }

  #note({ route, began }: Run): void {
    const now = this.#now()
    const before = this.#troubles.get(route)
    // Those that had begun before it was known tell of the same trouble.
    const again = before ? before.again + (began > before.since ? 1 : 0) : 0
    const until = now + Math.min(firstWaitMs * 2 ** again, longestWaitMs)
    this.#troubles.set(route, { since: now, again, until })
  }

  #free(route: string): boolean {
    const was = this.#troubles.delete(route)
    if (was) this.#freed.add(route)
    return was
  }

  #forget(): void {
    for (const [route, { until }] of this.#troubles) {
      const runs = [...this.#runs.values()].some((run) => run.route === route)
      if (!runs && this.#now() > until + FORGOTTEN_MS) this.#free(route)
    }
  }
}
