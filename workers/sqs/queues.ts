import type { Context } from '#lib/context.ts'
import { UnavailableError } from '#lib/errors.ts'
import { findQueueTriggers, type QueueTrigger, queueOf } from '#lib/s3-events/find-queues.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { saveHealth } from '#lib/watches/watch-state.ts'
import type { Term } from '../leader.ts'
import { InStep } from '../watchers/in-step.ts'
import { fingerprintOf, openQueueKey, type QueueKey } from './queue-key.ts'
import { type QueueAddress, QueueListener } from './queue-listener.ts'

/** A queue with the keys of those who share them. */
type Wanted = { queue: string; address: QueueAddress; keys: QueueKey; own: string[] }

/**
 * Keeps one listener for each queue and set of keys that triggers name, while this worker leads. Whatever keys a message
 * came by, it is written for all triggers of its queue: nobody else will ever receive it.
 */
export class Queues {
  readonly #ctx: Context
  readonly #ring: KeyRing | null
  readonly #listeners = new Map<string, QueueListener>()
  readonly #inStep = new InStep('queues')
  readonly #unopened = new Map<string, string>()

  constructor(ctx: Context, ring: KeyRing | null) {
    this.#ctx = ctx
    this.#ring = ring
  }

  /** Triggers were changed. */
  look(): void {
    this.#inStep.look()
  }

  /** From the election to its end. */
  async lead(term: Term): Promise<void> {
    await this.#inStep.run(term, () => this.#follow(term))
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()))
    this.#listeners.clear()
    this.#unopened.clear()
  }

  async #follow(term: Term): Promise<void> {
    const triggers = await findQueueTriggers({ ctx: this.#ctx })
    const wanted = await this.#group(triggers, term)
    const gone = [...this.#listeners].filter(([id]) => !wanted.has(id))
    for (const [id] of gone) this.#listeners.delete(id)
    await Promise.all(gone.map(([, listener]) => listener.close()))
    if (term.signal.aborted) return
    for (const [id, { queue, address, keys, own }] of wanted) {
      const known = this.#listeners.get(id)
      const listener = known ?? new QueueListener({ agentId: this.#ctx.actor.id, queue }, address, keys, term)
      listener.answerTo(own)
      if (known) continue
      this.#listeners.set(id, listener)
      listener.start()
    }
  }

  async #group(triggers: QueueTrigger[], term: Term): Promise<Map<string, Wanted>> {
    const wanted = new Map<string, Wanted>()
    for (const trigger of triggers) {
      const keys = await this.#open(trigger, term)
      if (keys === undefined) continue
      const { queueUrl, region, endpointUrl } = trigger.settings
      const queue = queueOf(trigger.settings)
      const id = [queue, region, endpointUrl ?? '', fingerprintOf(keys)].join(' ')
      const known = wanted.get(id)
      if (known) known.own.push(trigger.triggerId)
      else {
        wanted.set(id, { queue, address: { queueUrl, region, endpointUrl }, keys, own: [trigger.triggerId] })
      }
    }
    return wanted
  }

  /** Undefined where its keys cannot be opened: then it says so. */
  async #open(trigger: QueueTrigger, term: Term): Promise<QueueKey | undefined> {
    const { triggerId, secrets } = trigger
    // What is kept in clear is text.
    const settings = trigger.settings.settings as Record<string, string>
    try {
      const keys = await openQueueKey(this.#ring, { row: triggerId, settings, secrets })
      this.#unopened.delete(triggerId)
      return keys
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      const { message } = error
      if (this.#unopened.get(triggerId) !== message) {
        await term.transaction((tx) => saveHealth(tx, triggerId, { state: 'fail', message }))
        this.#unopened.set(triggerId, message)
      }
      return undefined
    }
  }
}
