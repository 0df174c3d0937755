import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import type { Consumer } from 'sqs-consumer'
import { messageOf, UnavailableError } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { QueueOverError, type RecordedMessages } from '#lib/s3-events/record-messages.ts'
import { queueName } from '#lib/triggers/trigger-words.ts'
import { type Health, saveHealth } from '#lib/watches/watch-state.ts'
import { whyHostClosed } from '../endpoints/closed-hosts.ts'
import { LeadLostError, type Term } from '../leader.ts'
import { MessageRecorder, type QueueSource } from './message-recorder.ts'
import { queueClient } from './queue-client.ts'
import type { QueueKey } from './queue-key.ts'
import { causeOf, whyNotQueue } from './refusals.ts'

/** What one call of SQS gives at most. */
const BATCH = 10
/** How long the queue may keep a call that finds nothing; the first answer after a fault is wanted sooner. */
const WAIT_SECONDS = 20
const FIRST_WAIT_SECONDS = 1
/** Until a message that was received and not deleted comes again: it takes so long after a worker was killed. */
const HIDDEN_SECONDS = 20
/** Calls at a time while the queue is full; one while it is not. */
const MOST_LOOPS = 8
const LONGEST_PAUSE_MS = 15_000
const CLOSE_WITHIN_MS = 3000

const CANNOT_WRITE =
  'What comes cannot be written down now; it stays in the queue, and is taken when it can be.'

export type QueueAddress = { queueUrl: string; region: string; endpointUrl?: string | undefined }

type Loop = { consumer: Consumer; isBusy: boolean }

/** Listens to one queue with one set of keys: what it receives is written down, committed, and only then deleted. */
export class QueueListener {
  readonly #address: QueueAddress
  readonly #keys: QueueKey
  readonly #term: Term
  readonly #recorder: MessageRecorder
  readonly #loops = new Set<Loop>()
  readonly #closed = new AbortController()
  readonly #told = new Map<string, string>()
  #client: SQSClient | undefined
  #starting: Promise<void> = Promise.resolve()
  #own: readonly string[] = []
  #health: Omit<Health, 'at'> | null = null
  #telling: Promise<void> = Promise.resolve()
  #failures = 0
  #notBefore = 0
  #stuckUntil = 0
  #tested = ''
  /** The database could not be written to: it has to be shown that it can before anything is received. */
  #mustWrite = false

  constructor(source: QueueSource, address: QueueAddress, keys: QueueKey, term: Term) {
    this.#address = address
    this.#keys = keys
    this.#term = term
    this.#recorder = new MessageRecorder(term, source, (recorded) => this.#recorded(recorded))
  }

  /** `own` are the triggers with these keys: those are told how it goes. */
  answerTo(own: readonly string[]): void {
    this.#own = own
    for (const id of this.#told.keys()) if (!own.includes(id)) this.#told.delete(id)
    if (this.#health) this.#tell(this.#health)
  }

  start(): void {
    this.#starting = this.#open().catch((error: unknown) => {
      log.error({ queue: this.#address.queueUrl, err: String(error) }, 'could not listen to a queue')
    })
  }

  /** Ends calls that wait; what was received is still written down and deleted. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#starting
    for (const { consumer, isBusy } of this.#loops) consumer.stop({ abort: !isBusy })
    const until = performance.now() + CLOSE_WITHIN_MS
    while ([...this.#loops].some(({ isBusy }) => isBusy) && performance.now() < until) await sleep(20)
    this.#client?.destroy()
    await this.#telling
  }

  async #open(): Promise<void> {
    const answerMs = (WAIT_SECONDS + 10) * 1000
    this.#client = await queueClient(this.#address, this.#keys, {
      ...{ maxAttempts: 2, connectMs: 3000, answerMs },
    })
    await this.#listen()
  }

  async #listen(): Promise<void> {
    const { Consumer } = await import('sqs-consumer')
    if (this.#closed.signal.aborted) return
    const isFirst = this.#loops.size === 0
    const consumer = Consumer.create({
      queueUrl: this.#address.queueUrl,
      sqs: this.#client!,
      batchSize: BATCH,
      waitTimeSeconds: FIRST_WAIT_SECONDS,
      visibilityTimeout: HIDDEN_SECONDS,
      authenticationErrorTimeout: 0,
      suppressFifoWarning: true,
      preReceiveMessageCallback: () => this.#mayReceive(),
      handleMessageBatch: (messages) => this.#handle(loop, messages),
    })
    const loop: Loop = { consumer, isBusy: false }
    this.#loops.add(loop)
    const leave = () => {
      consumer.stop()
      this.#loops.delete(loop)
    }
    consumer.on('response_processed', () => {
      loop.isBusy = false
    })
    const goesWell = () => {
      this.#failures = 0
      if (isFirst) consumer.updateOption('waitTimeSeconds', WAIT_SECONDS)
      this.#tell({ state: 'ok', message: `Listens to ${queueName(this.#address.queueUrl)}.${this.#tested}` })
    }
    consumer.on('message_processed', () => {
      this.#stuckUntil = 0
      goesWell()
    })
    consumer.on('empty', () => {
      if (!isFirst) leave()
      else if (performance.now() > this.#stuckUntil) goesWell()
    })
    consumer.on('error', (error) => {
      if (this.#closed.signal.aborted) return
      if (!isFirst) leave()
      else consumer.updateOption('waitTimeSeconds', FIRST_WAIT_SECONDS)
      this.#fails(error)
    })
    consumer.start()
  }

  async #handle(loop: Loop, messages: Message[]): Promise<Message[]> {
    loop.isBusy = true
    if (messages.length === BATCH && this.#loops.size < MOST_LOOPS) void this.#listen()
    await this.#recorder.record(
      messages.map(({ MessageId = '', Body = '' }) => ({ id: MessageId, body: Body })),
    )
    return messages
  }

  /** Pauses after faults, longer after each; refuses an address that the settings do. Throws UnavailableError. */
  async #mayReceive(): Promise<void> {
    const wait = this.#notBefore - performance.now()
    if (wait > 0) await sleep(wait, undefined, { signal: this.#closed.signal }).catch(() => {})
    const { queueUrl, endpointUrl } = this.#address
    const closed = await whyHostClosed({
      ...{ row: '', type: 'sqs', root: '', secrets: {}, deleted: false, wrapped: [] },
      settings: { endpoint: endpointUrl ?? queueUrl },
    })
    if (closed) throw new UnavailableError(closed)
    // What is received again and again and not written down ends in the queue's own list of the dead.
    const [triggerId] = this.#own
    const health = this.#health
    if (!this.#mustWrite || !triggerId || !health) return
    try {
      await this.#term.transaction((tx) => saveHealth(tx, triggerId, health))
    } catch (error) {
      if (error instanceof LeadLostError) throw error
      throw new UnavailableError(CANNOT_WRITE)
    }
    this.#mustWrite = false
  }

  #fails(error: Error): void {
    const cause = causeOf(error)
    // Whoever keeps the listeners ends this one; the messages come again to the next.
    if (cause instanceof LeadLostError || cause instanceof QueueOverError) return
    // A part of a batch was not deleted: it comes again, and is known then.
    if (/^Batch operation failed/.test(error.message)) {
      log.warn({ queue: this.#address.queueUrl, err: error.message }, 'messages stay in a queue')
      return
    }
    this.#pause()
    const isOurs = error.name === 'StandardError'
    const { queueUrl } = this.#address
    const isDelete = error.message.startsWith('SQS delete')
    const why = isOurs
      ? CANNOT_WRITE
      : whyNotQueue(error, isDelete ? 'sqs:DeleteMessage' : 'sqs:ReceiveMessage')
    log.warn(
      { queue: queueUrl, err: cause instanceof Error ? cause.message : String(cause) },
      isOurs ? 'could not write down messages' : 'could not use a queue',
    )
    if (isOurs) this.#mustWrite = true
    // They are hidden now, so that an empty queue proves nothing until they have come again.
    if (isOurs || isDelete) this.#stuckUntil = performance.now() + 2 * HIDDEN_SECONDS * 1000
    this.#tell({
      state: 'fail',
      message: isDelete ? `Messages cannot be deleted, so that they come again. ${why}` : why,
    })
  }

  #pause(): void {
    this.#failures += 1
    const ms = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#failures)
    this.#notBefore = performance.now() + ms * (0.75 + Math.random() / 2)
  }

  #recorded({ test }: RecordedMessages): void {
    if (test === null) return
    const at = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`
    this.#tested = ` Test event received${test && ` from ${test}`} on ${at}.`
  }

  /** One at a time, and nothing twice. */
  #tell(health: Omit<Health, 'at'>): void {
    this.#health = health
    const text = `${health.state} ${health.message}`
    if (this.#own.every((id) => this.#told.get(id) === text)) return
    this.#telling = this.#telling.then(async () => {
      const ids = this.#own.filter((id) => this.#told.get(id) !== text)
      if (ids.length === 0 || this.#health !== health) return
      try {
        await this.#term.transaction(async (tx) => {
          for (const id of ids) await saveHealth(tx, id, health)
        })
        for (const id of ids) this.#told.set(id, text)
      } catch (error) {
        log.warn({ err: messageOf(error) }, 'could not tell of a queue')
      }
    })
  }
}
