import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Job } from '#lib/jobs/schema.ts'
import { isTerminal } from '#lib/jobs/states.ts'

/** The last states of jobs as one open stream tells of them: how a page or a script learns of an end. */
export class Ends {
  readonly #ended = new Map<string, Job>()
  readonly #waiting = new Map<string, (job: Job) => void>()
  readonly #abort = new AbortController()

  /** Resolves when the stream has begun: no end is missed from then on. */
  static async open(origin: string, key: string): Promise<Ends> {
    const ends = new Ends()
    const answer = await fetch(`${origin}/api/v1/stream`, {
      headers: { authorization: `Bearer ${key}` },
      signal: ends.#abort.signal,
    })
    if (!answer.ok || !answer.body) throw new Error(`The stream answered ${answer.status}`)
    void ends.#follow(answer.body).catch((error: unknown) => {
      if (!ends.#abort.signal.aborted) throw error
    })
    return ends
  }

  /** Rejects for a job that did not complete. */
  async of(id: string): Promise<Job> {
    const job = this.#ended.get(id) ?? (await new Promise<Job>((resolve) => this.#waiting.set(id, resolve)))
    if (job.state !== 'completed') throw new Error(`Job ${job.state}: ${job.error?.message}`)
    return job
  }

  close(): void {
    this.#abort.abort()
  }

  async #follow(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
    for await (const { event, data } of events) {
      if (event !== 'job') continue
      const job = JSON.parse(data) as Job
      if (!isTerminal(job.state)) continue
      this.#ended.set(job.id, job)
      this.#waiting.get(job.id)?.(job)
      this.#waiting.delete(job.id)
    }
    throw new Error('The stream of the measured server has ended')
  }
}
