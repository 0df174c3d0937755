import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Job, Progress } from '#lib/jobs/schema.ts'
import { isTerminal } from '#lib/jobs/states.ts'
import type { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'

const RECONNECT_MS = 1000
/** A server that restarts is back in seconds; one that is gone this long is told. */
const GIVE_UP_MS = 120_000

/**
 * Follows a job to its end over the stream and returns its last state; `saw` is called with each change. A lost
 * stream is taken up again, and the job itself is asked each time, so that no end is missed.
 */
export async function follow(
  client: Client,
  id: string,
  saw: (job: Job, inFlight: Progress['inFlight']) => void,
  signal?: AbortSignal,
): Promise<Job> {
  let lastEventId: string | undefined
  let heardAt = performance.now()
  for (;;) {
    try {
      const job = await client.call<Job>('GET', `/jobs/${id}`)
      heardAt = performance.now()
      saw(job, [])
      if (isTerminal(job.state)) return job
      const ended = await listen(
        client,
        job,
        lastEventId,
        (next, inFlight, eventId) => {
          lastEventId = eventId ?? lastEventId
          saw(next, inFlight)
        },
        // Beats too: a job may be quiet for longer than we would wait for a server.
        () => {
          heardAt = performance.now()
        },
        signal,
      )
      if (ended) return ended
    } catch (error) {
      if (signal?.aborted) throw error
      if (!mayPass(error) || performance.now() - heardAt > GIVE_UP_MS) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
  }
}

/** No connection, or a server that says that it cannot now (its database is away): the job goes on all the same. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof CliError)) return true
  return error.status === exitStatus.unreachable || Number(error.more.httpStatus) >= 500
}

async function listen(
  client: Client,
  job: Job,
  lastEventId: string | undefined,
  heard: (job: Job, inFlight: Progress['inFlight'], eventId: string | undefined) => void,
  alive: () => void,
  signal: AbortSignal | undefined,
): Promise<Job | null> {
  const answer = await client.open('GET', `/stream?jobId=${job.id}`, undefined, {
    ...(signal && { signal }),
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  })
  if (!answer.ok || !answer.body) return null
  let now = job
  const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  for await (const { event, data, id } of events) {
    let inFlight: Progress['inFlight'] = []
    alive()
    if (event === 'snapshot') now = (JSON.parse(data) as { items: Job[] }).items[0] ?? now
    else if (event === 'job') now = JSON.parse(data) as Job
    else if (event === 'progress') {
      const { inFlight: files, ...figures } = JSON.parse(data) as Progress
      inFlight = files
      now = { ...now, ...figures }
    } else continue
    heard(now, inFlight, id)
    if (isTerminal(now.state)) return now
  }
  return null
}
