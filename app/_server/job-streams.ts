import { setTimeout as sleep } from 'node:timers/promises'
import { readHealth } from '#lib/agents/health.ts'
import type { Db } from '#lib/db/client.ts'
import { databaseNow } from '#lib/db/now.ts'
import { messageOf, UnavailableError } from '#lib/errors.ts'
import { toJobs } from '#lib/jobs/job-templates.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { jobRowsByIds, snapshotRows } from '#lib/jobs/stream-jobs.ts'
import { toProgress } from '#lib/jobs/to-job.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import { parseLive } from '#lib/live/channel.ts'
import type { LiveHub } from '#lib/live/hub.ts'
import { log } from '#lib/log.ts'
import { SseClient } from './sse.ts'

/** Commit order is not the order of the clock: a reconnecting stream is told again what is this much older. */
const OVERLAP_SECONDS = 30
const TELL_AGAIN_MS = 1000
/** So many jobs at once nobody reads one by one. After them it rests: the machine is at work on making them. */
const MANY_JOBS = 200
const REST_MS = 500
/** Events come in thousands: that there were some is told this often at most. */
const LEDGER_EVERY_MS = 500
/** Proxies cut a silent connection after 30 to 60 s; and a worker that dies says nothing itself. */
const BEAT_EVERY_MS = 15_000

type Watcher = {
  client: SseClient
  jobId: string | null
  /** Jobs to be told again: the client had no room for their state, or may hear an older one after it. */
  owed: Set<string>
  /** A snapshot that the client had no room for: what ended since then is in it. */
  owedSnapshot: Date | null
  /** A snapshot is being read; what is told meanwhile may be newer than it. */
  reading: boolean
}

/**
 * Feeds every open stream of this process. A notice carries ids; the rows are read once for all streams, in
 * batches, and each event is made into text once.
 */
export class JobStreams {
  readonly #db: Db
  readonly #hub: LiveHub
  readonly #watchers = new Set<Watcher>()
  readonly #changed = new Map<string, 'job' | 'progress'>()
  #reading = false
  #ledger: NodeJS.Timeout | null = null
  #listening: Promise<void> | null = null
  #closed = false
  readonly #overlapMs: number
  readonly #restMs: number
  readonly #beating: NodeJS.Timeout
  /** Up to when, on the database's clock, every notice was heard. */
  #heardUntil = new Date(0)

  constructor(
    db: Db,
    hub: LiveHub,
    { overlapSeconds = OVERLAP_SECONDS, beatMs = BEAT_EVERY_MS, restMs = REST_MS } = {},
  ) {
    this.#db = db
    this.#hub = hub
    this.#overlapMs = overlapSeconds * 1000
    this.#restMs = restMs
    this.#beating = setInterval(() => void this.#beat(), beatMs).unref()
  }

  /** Opens a stream of one job, or of all. It begins with a snapshot; `lastEventId` is where the last one ended. */
  async open(options: {
    jobId: string | null
    lastEventId: string | null
    signal: AbortSignal
    stillAllowed(): Promise<boolean>
  }): Promise<ReadableStream<Uint8Array>> {
    this.#listening ??= this.#listen().catch((error: unknown) => {
      this.#listening = null
      throw error
    })
    await this.#listening
    // A client whose stream was just ended asks again over the connection that it still has to this server.
    if (this.#closed) throw new UnavailableError('This server is shutting down. Connect again in a moment.')
    const client = new SseClient(options)
    const { jobId } = options
    const watcher: Watcher = { client, jobId, owed: new Set(), owedSnapshot: null, reading: false }
    // First listen, then read: what changes between the two is told twice rather than never.
    this.#watchers.add(watcher)
    client.onClose(() => this.#watchers.delete(watcher))
    await this.#snapshotOrClose(watcher, instantOf(options.lastEventId))
    client.onRoom(() => this.#payOff(watcher))
    return client.stream
  }

  /** Ends every stream cleanly; clients reconnect elsewhere. A server that shuts down would wait for them for ever. */
  closeAll(): void {
    this.#closed = true
    clearInterval(this.#beating)
    if (this.#ledger) clearTimeout(this.#ledger)
    for (const { client } of this.#watchers) client.close()
  }

  async #listen(): Promise<void> {
    const off = this.#hub.on(
      'live',
      (payload) => {
        const said = parseLive(payload)
        if (said?.kind === 'events') return this.#tellOfLedger()
        if (said === null) return
        const { kind, ids } = said
        for (const id of ids) {
          if (kind === 'job' || !this.#changed.has(id)) {
            this.#changed.set(id, kind === 'job' ? 'job' : 'progress')
          }
        }
        void this.#pump()
      },
      () => {
        // What ended while nobody listened, however long that was.
        const since = this.#heardUntil
        for (const watcher of this.#watchers) void this.#snapshotOrClose(watcher, since)
      },
    )
    await this.#hub.start().catch((error: unknown) => {
      off()
      throw error
    })
    this.#heardUntil = await databaseNow(this.#db)
  }

  /** An event and no comment: EventSource hides comments, and a page tells "late" from "quiet" by it. */
  async #beat(): Promise<void> {
    if (this.#watchers.size === 0) return
    const text = `event: beat\ndata: ${JSON.stringify(await readHealth(this.#db))}\n\n`
    for (const { client } of this.#watchers) client.send(text)
  }

  /** Says to the streams of all jobs that the ledger of events has changed; whoever shows it reads it again. */
  #tellOfLedger(): void {
    this.#ledger ??= setTimeout(() => {
      this.#ledger = null
      const text = `event: events\ndata: ${JSON.stringify({ at: new Date().toISOString() })}\n\n`
      for (const { client, jobId } of this.#watchers) if (!jobId) client.send(text)
    }, LEDGER_EVERY_MS)
  }

  async #pump(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    while (this.#changed.size > 0) {
      // Emptied before the rows are read: a notice that comes meanwhile may speak of a later change.
      const batch = new Map(this.#changed)
      this.#changed.clear()
      try {
        if ((await this.#tell(batch)) >= MANY_JOBS) await sleep(this.#restMs)
      } catch (error) {
        log.warn({ err: messageOf(error) }, 'stream')
        for (const [id, kind] of batch)
          if (kind === 'job' || !this.#changed.has(id)) this.#changed.set(id, kind)
        await sleep(TELL_AGAIN_MS)
      }
    }
    this.#reading = false
  }

  /** Returns how many of them somebody wanted to be told of. */
  async #tell(batch: Map<string, 'job' | 'progress'>): Promise<number> {
    const wanted = [...batch.keys()].filter((id) =>
      [...this.#watchers].some((w) => !w.jobId || w.jobId === id),
    )
    if (wanted.length === 0) return 0
    const rows = await jobRowsByIds(this.#db, wanted)
    const told = await toJobs(this.#db, rows)
    for (const [at, row] of rows.entries()) {
      // A job that has moved on since its progress was noted is told whole.
      const event = batch.get(row.id) === 'progress' && row.state === 'running' ? 'progress' : 'job'
      const text = eventText(event, row, told[at]!)
      for (const watcher of this.#watchers) {
        if (watcher.jobId && watcher.jobId !== row.id) continue
        // Progress may be missed, a state may not.
        if (!(watcher.client.send(text) && !watcher.reading) && event === 'job') watcher.owed.add(row.id)
      }
      if (row.updatedAt > this.#heardUntil) this.#heardUntil = row.updatedAt
    }
    return wanted.length
  }

  /** What a client could not take it is told when it has room; by now that may be something later. */
  #payOff(watcher: Watcher): void {
    const { owed, owedSnapshot } = watcher
    if (watcher.reading) return
    if (owedSnapshot) {
      watcher.owedSnapshot = null
      void this.#snapshotOrClose(watcher, owedSnapshot)
    } else if (owed.size > 0) {
      // In turn with all else that is told, or an older state might follow a newer one.
      for (const id of owed) this.#changed.set(id, 'job')
      owed.clear()
      void this.#pump()
    }
  }

  /** A stream that cannot begin with what is true now is ended: its client reconnects and tries again. */
  async #snapshotOrClose(watcher: Watcher, since: Date | null): Promise<void> {
    watcher.reading = true
    try {
      await this.#snapshot(watcher, since)
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'stream')
      watcher.client.close()
    }
    watcher.reading = false
    if (!watcher.owedSnapshot) this.#payOff(watcher)
  }

  async #snapshot(watcher: Watcher, since: Date | null): Promise<void> {
    const { client, jobId } = watcher
    // Before the rows: it says up to when they are told.
    const at = await databaseNow(this.#db)
    const from = new Date((since ?? at).getTime() - this.#overlapMs)
    const rows = await snapshotRows(this.#db, { jobId, since: from })
    const items = await toJobs(this.#db, rows)
    const data = JSON.stringify({ items })
    if (!client.send(`id: ${at.toISOString()}\nevent: snapshot\ndata: ${data}\n\n`)) {
      watcher.owedSnapshot = since ?? at
      return
    }
    for (const [index, row] of rows.entries()) {
      if (row.state === 'running') client.send(eventText('progress', row, items[index]!))
    }
  }
}

function eventText(event: 'job' | 'progress', row: JobRow, job: Job): string {
  const data = event === 'job' ? job : toProgress(row)
  return `id: ${row.updatedAt.toISOString()}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Null for an id that this server never gave. */
function instantOf(lastEventId: string | null): Date | null {
  const at = lastEventId ? Date.parse(lastEventId) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at)
}
