import type { Question } from '#lib/agents/questions.ts'
import type { WorkerFacts } from '#lib/agents/register-worker.ts'
import type { SlotProcess } from '#lib/db/schema/agents.ts'
import type { RefreshedToken } from '#lib/endpoints/keep-token.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import type { Verdict } from '#lib/jobs/report-attempts.ts'
import type { AttemptReport } from '#lib/jobs/schema.ts'
import type { PlaceClaim, PlaceRefusal } from '#lib/places/claim-places.ts'

export type Facts = Omit<WorkerFacts, 'agentId'>

/** What the control plane wants looked at now. `work`: a message may be due; `control`: report at once. */
export type Call = 'work' | 'control' | 'question'

/**
 * The port between an agent and the control plane. `direct.ts` speaks it to Postgres; a remote agent's will
 * speak it over HTTPS. Every call may throw when the control plane is away: whoever calls keeps what it has to
 * say and says it later.
 */
export interface ControlPlane {
  /** Makes this process known; the id it gets names it as a holder of attempts. */
  register(facts: Facts): Promise<void>
  /** Calls back when there is something to do; after a gap it calls for everything. */
  listen(called: (call: Call) => void): Promise<void>
  /** `alone`: nobody but a worker of this machine can be given what this worker holds. */
  heartbeat(health: {
    busySlots: number
    diskFree: number | null
    slotProcesses: SlotProcess[]
  }): Promise<{ alone: boolean }>
  /** Takes up to `count` attempts that are due. Fewer when others were faster; none on the routes `notOn`. */
  claim(count: number, notOn: string[]): Promise<Assignment[]>
  /** Says on which routes this worker begins nothing for now, and on which it does again. */
  tellHeld(routes: { held: string[]; freed: string[] | 'all' }): Promise<void>
  /**
   * Gives back what this worker took without knowing, because the answer was lost: all but `held`. Left alone, its
   * lease would run out, and whoever rescues it ends every rclone of this worker first. Returns how many.
   */
  giveBackUnknown(held: string[]): Promise<number>
  /** Says how the attempts do; one missing from the answer is no longer this worker's. */
  report(reports: AttemptReport[]): Promise<Verdict[]>
  /** Ends an attempt; false when it was no longer this worker's. */
  finish(report: AttemptReport, outcome: AttemptOutcome): Promise<boolean>
  /** Gives an attempt the places that no other file of its template has; answers those that it may not fill. */
  claimPlaces(claim: PlaceClaim): Promise<PlaceRefusal[]>
  /** Keeps a token that was refreshed; answers what is kept now, null when its endpoint is gone. */
  keepToken(token: RefreshedToken): Promise<string | null>
  /** Takes a question, to begin with at once; none about a place with one of these roots. */
  question(notAt: string[]): Promise<Question | null>
  answer(id: string, answer: unknown): Promise<void>
  leave(): Promise<void>
}
