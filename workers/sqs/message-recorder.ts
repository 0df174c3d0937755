import { databaseTrouble } from '#lib/db/trouble.ts'
import { log } from '#lib/log.ts'
import { type QueueMessage, type RecordedMessages, recordMessages } from '#lib/s3-events/record-messages.ts'
import type { Term } from '../leader.ts'

/** Messages of one transaction: what waits when the one before has ended, so that many loops share commits. */
const MOST = 200
/** Characters of one transaction: a message may hold a thousand records, and a lead lasts 5 s without a word. */
const MOST_TEXT = 2_000_000

/** A queue, as queueOf calls it, and the agent whose triggers it feeds. */
export type QueueSource = { agentId: string; queue: string }

type Waiting = { messages: QueueMessage[]; done(): void; failed(error: unknown): void }

/** Writes down what messages tell of; each call returns when that is committed. */
export class MessageRecorder {
  readonly #term: Term
  readonly #waiting: Waiting[] = []
  readonly #onRecorded: (recorded: RecordedMessages) => void
  #isWriting = false
  readonly #source: QueueSource

  constructor(term: Term, source: QueueSource, onRecorded: (recorded: RecordedMessages) => void) {
    this.#term = term
    this.#source = source
    this.#onRecorded = onRecorded
  }

  /** Throws what kept it from writing: then the messages must stay where they are. */
  record(messages: QueueMessage[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ messages, done: resolve, failed: reject })
    void this.#writeAll()
    return promise
  }

  async #writeAll(): Promise<void> {
    if (this.#isWriting) return
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const together = this.#take()
      try {
        await this.#write(together.flatMap(({ messages }) => messages))
        for (const { done } of together) done()
      } catch (error) {
        for (const { failed } of together) failed(error)
      }
    }
    this.#isWriting = false
  }

  #take(): Waiting[] {
    let count = 0
    let text = 0
    const end = this.#waiting.findIndex(({ messages }) => {
      count += messages.length
      text += messages.reduce((sum, { body }) => sum + body.length, 0)
      return count > MOST || text > MOST_TEXT
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end))
  }

  async #write(messages: QueueMessage[]): Promise<void> {
    try {
      await this.#transaction(messages)
    } catch (error) {
      if (!isData(error)) throw error
      // One of them holds what the database does not take: it must not keep the others, nor come for ever.
      for (const message of messages) await this.#writeAlone(message)
    }
  }

  async #writeAlone(message: QueueMessage): Promise<void> {
    try {
      await this.#transaction([message])
    } catch (error) {
      if (!isData(error)) throw error
      log.warn({ messageId: message.id, err: String(error) }, 'a message cannot be written down')
      await this.#transaction([{ ...message, unreadable: 'The database does not take what it holds.' }])
    }
  }

  async #transaction(messages: QueueMessage[]): Promise<void> {
    const recorded = await this.#term.transaction((tx) => recordMessages(tx, this.#source, messages))
    this.#onRecorded(recorded)
  }
}

/** Whether the statement is to blame and not the server: data exceptions, broken constraints, exceeded limits. */
function isData(error: unknown): boolean {
  if (databaseTrouble(error) !== null) return false
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^(22|23|54)...$/.test(at.code)) return true
  }
  return false
}
