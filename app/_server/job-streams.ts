import { desc, eq, inArray, sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { UnavailableError } from '#lib/errors.ts'
import { newestJobIds } from '#lib/jobs/newest-jobs.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { toJob, toProgress } from '#lib/jobs/to-job.ts'
import type { JobRow } from '#lib/jobs/transition.ts'
import type { LiveHub } from '#lib/live/hub.ts'
import { log } from '#lib/log.ts'
import { SseClient } from './sse.ts'

/** Commit order is not the order of the clock: a reconnecting stream is told again what is this much older. */
const OVERLAP_SECONDS = 30
/** More active or lately changed jobs than this are not all told at once; lists ask the server for theirs. */
const SNAPSHOT_JOBS = 1000
const TELL_AGAIN_MS = 1000

type Watcher = { client: SseClient; jobId: string | null }

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
  #listening: Promise<void> | null = null
  #closed = false

  constructor(db: Db, hub: LiveHub) {
    this.#db = db
    this.#hub = hub
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
    const watcher = { client, jobId: options.jobId }
    // First listen, then read: what changes between the two is told twice rather than never.
    this.#watchers.add(watcher)
    client.onClose(() => this.#watchers.delete(watcher))
    await this.#snapshotOrClose(watcher, options.lastEventId)
    return client.stream
  }

  /** Ends every stream cleanly; clients reconnect elsewhere. A server that shuts down would wait for them for ever. */
  closeAll(): void {
    this.#closed = true
    for (const { client } of this.#watchers) client.close()
  }

  async #listen(): Promise<void> {
    const off = this.#hub.on(
      'live',
      (payload) => {
        const [kind, ids = ''] = payload.split(' ')
        for (const id of ids.split(',')) {
          if (kind === 'job' || !this.#changed.has(id)) {
            this.#changed.set(id, kind === 'job' ? 'job' : 'progress')
          }
        }
        void this.#pump()
      },
      () => {
        for (const watcher of this.#watchers) void this.#snapshotOrClose(watcher, null)
      },
    )
    await this.#hub.start().catch((error: unknown) => {
      off()
      throw error
    })
  }

  async #pump(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    while (this.#changed.size > 0) {
      // Emptied before the rows are read: a notice that comes meanwhile may speak of a later change.
      const batch = new Map(this.#changed)
      this.#changed.clear()
      try {
        if (this.#watchers.size > 0) await this.#tell(batch)
      } catch (error) {
        log.warn({ err: error instanceof Error ? error.message : String(error) }, 'stream')
        for (const [id, kind] of batch)
          if (kind === 'job' || !this.#changed.has(id)) this.#changed.set(id, kind)
        await new Promise((resolve) => setTimeout(resolve, TELL_AGAIN_MS))
      }
    }
    this.#reading = false
  }

  async #tell(batch: Map<string, 'job' | 'progress'>): Promise<void> {
    const wanted = [...batch.keys()].filter((id) =>
      [...this.#watchers].some((w) => !w.jobId || w.jobId === id),
    )
    if (wanted.length === 0) return
    const rows = await this.#db.select().from(jobs).where(inArray(jobs.id, wanted))
    for (const row of rows) {
      // A job that has moved on since its progress was noted is told whole.
      const event = batch.get(row.id) === 'progress' && row.state === 'running' ? 'progress' : 'job'
      const text = eventText(event, row)
      for (const watcher of this.#watchers) {
        if (!watcher.jobId || watcher.jobId === row.id) watcher.client.send(text)
      }
    }
  }

  /** A stream that cannot begin with what is true now is ended: its client reconnects and tries again. */
  async #snapshotOrClose(watcher: Watcher, lastEventId: string | null): Promise<void> {
    try {
      await this.#snapshot(watcher, lastEventId)
    } catch (error) {
      log.warn({ err: error instanceof Error ? error.message : String(error) }, 'stream')
      watcher.client.close()
    }
  }

  async #snapshot({ client, jobId }: Watcher, lastEventId: string | null): Promise<void> {
    // What has not ended, and what ended since: a job that ended does not change any more.
    const from = sinceOf(lastEventId)
    const since = from
      ? sql`${from.toISOString()}::timestamptz`
      : sql`now() - make_interval(secs => ${OVERLAP_SECONDS})`
    const told = jobId
      ? eq(jobs.id, jobId)
      : sql`${jobs.id} in ((${newestJobIds({ states: ['running'] }, SNAPSHOT_JOBS)})
          union all (${newestJobIds({ states: activeStates }, SNAPSHOT_JOBS)}) union all
          (select id from jobs where finished_at > ${since} order by finished_at desc limit ${SNAPSHOT_JOBS}))`
    const rows = await this.#db
      .select()
      .from(jobs)
      .where(told)
      // However many wait, those that run are told.
      .orderBy(desc(eq(jobs.state, 'running')), desc(jobs.id))
      .limit(SNAPSHOT_JOBS)
    const id = new Date().toISOString()
    client.send(`id: ${id}\nevent: snapshot\ndata: ${JSON.stringify({ items: rows.map(toJob) })}\n\n`)
    for (const row of rows) if (row.state === 'running') client.send(eventText('progress', row))
  }
}

function eventText(event: 'job' | 'progress', row: JobRow): string {
  const data = event === 'job' ? toJob(row) : toProgress(row)
  return `id: ${row.updatedAt.toISOString()}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The instant to read on from, with overlap; null for an id that this server never gave. */
function sinceOf(lastEventId: string | null): Date | null {
  const at = lastEventId ? Date.parse(lastEventId) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at - OVERLAP_SECONDS * 1000)
}
