import type { Db } from '#lib/db/client.ts'
import type { QuestionKind } from '#lib/db/schema/agents.ts'
import type { Role } from '#lib/db/schema/users.ts'
import { DomainError, ForbiddenError } from '#lib/errors.ts'
import type { Queue } from '#lib/queue/boss.ts'
import type { Seal } from '#lib/secrets/seal.ts'

/** Who acts. Every verb works for each type or refuses it by name. */
export type Actor =
  | { type: 'user'; id: string; role: Role; label: string }
  | { type: 'apiKey'; id: string; role: Role; label: string }
  | { type: 'agent'; id: string; label: string }
  | { type: 'system'; id: string; label: string }

/**
 * Puts a bounded question to an agent and waits for its answer. Throws UnavailableError when none comes in
 * time. Only the web process has somebody to ask for; elsewhere it refuses.
 */
export type Ask = (agentId: string, kind: QuestionKind, input: unknown) => Promise<unknown>

/** What a verb is given beside its input. */
export type Context = {
  actor: Actor
  db: Db
  queue: Queue
  ask: Ask
  /** Seals what only workers may read. Throws UnavailableError where no public key was given. */
  seal: Seal
  /** The Idempotency-Key of a creation, where the client sent one. */
  idempotencyKey?: string
}

/** Does what the machine's own console or a chore may: set-up, sweeping, the command line on the machine. */
export function systemActor(label: string): Actor {
  return { type: 'system', id: 'system', label }
}

const rank: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 }

/**
 * Refuses an actor below `least`. The system may all that people may; an agent none of it: it has verbs of
 * its own, for the attempts it holds.
 */
export function requireRole(actor: Actor, least: Role): void {
  switch (actor.type) {
    case 'system':
      return
    case 'agent':
      throw new ForbiddenError('An agent may not do this.')
    case 'user':
    case 'apiKey':
      if (rank[actor.role] < rank[least]) {
        const who = actor.type === 'user' ? 'You are' : 'This API key is'
        const article = least === 'viewer' ? 'a' : 'an'
        throw new ForbiddenError(`${who} ${actor.role}; this needs ${article} ${least}.`)
      }
  }
}

export function unauthenticated(): DomainError {
  return new DomainError(
    'unauthenticated',
    'Sign in, or send an API key as "Authorization: Bearer fo_…". It is missing, ended or wrong.',
  )
}

/** Verbs of an attempt's holder: no person and no API key may speak for a worker. */
export function requireAgent(actor: Actor): void {
  if (actor.type !== 'agent') throw new ForbiddenError('Only an agent may do this.')
}

/** What only somebody at the machine itself may do: it needs the keys that lie there. */
export function requireMachine(actor: Actor): void {
  if (actor.type !== 'system') throw new ForbiddenError('This is done on the machine itself only.')
}
