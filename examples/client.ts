// A typed client in one file: lists the endpoints, starts a copy, follows it to its end.
//
//   FILE_ORBIT_API_KEY=fo_… node examples/client.ts cards:A001 archive:2026/11
//
// The types come from the schemas that the server checks requests by. A project of its own makes them from the
// document instead: npx openapi-typescript http://localhost:3000/api/v1/openapi.json -o file-orbit.d.ts

import { randomUUID } from 'node:crypto'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { CreateJobInput, Job, Progress } from '#lib/jobs/schema.ts'

type Page<T> = { items: T[]; nextCursor: string | null }
type Problem = { title: string; status: number; detail: string; errors?: { path: string; message: string }[] }

const server = process.env.FILE_ORBIT_SERVER ?? 'http://localhost:3000'
const key = process.env.FILE_ORBIT_API_KEY ?? ''

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, ...init.headers }
  const answer = await fetch(`${server}/api/v1${path}`, { ...init, headers })
  if (answer.ok) return answer
  const { status, detail } = (await answer.json()) as Problem
  throw new Error(`${status}: ${detail}`)
}

async function listEndpoints(): Promise<Endpoint[]> {
  const all: Endpoint[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`
    const page = (await (await request(`/endpoints?limit=200${query}`)).json()) as Page<Endpoint>
    all.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return all
}

async function startJob(input: CreateJobInput): Promise<Job> {
  const answer = await request('/jobs', {
    method: 'POST',
    // Sent again after a lost answer, the same key starts nothing twice.
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(input),
  })
  return (await answer.json()) as Job
}

const isOver = ({ state }: Job) => ['completed', 'failed', 'cancelled'].includes(state)

/** Listens until the job has ended. Each connection begins with a snapshot, so a lost one costs nothing. */
async function follow(id: string, saw: (progress: Progress) => void): Promise<Job> {
  for (;;) {
    const answer = await request(`/stream?jobId=${id}`, { headers: { accept: 'text/event-stream' } })
    const events = answer
      .body!.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
    for await (const { event, data } of events) {
      if (event === 'progress') saw(JSON.parse(data) as Progress)
      const job =
        event === 'snapshot'
          ? (JSON.parse(data) as { items: Job[] }).items[0]
          : event === 'job'
            ? (JSON.parse(data) as Job)
            : undefined
      if (job && isOver(job)) return job
    }
  }
}

function sideOf(text: string, endpoints: Endpoint[]): CreateJobInput['source'] {
  const [name, path = ''] = text.split(/:(.*)/s)
  const endpoint = endpoints.find((one) => one.name === name)
  if (!endpoint) throw new Error(`There is no endpoint "${name}"`)
  return { endpointId: endpoint.id, path }
}

const [from, to] = process.argv.slice(2)
if (!from || !to) throw new Error('Give a source and a destination, such as cards:A001 archive:2026/11')
const endpoints = await listEndpoints()
for (const { name, path } of endpoints) console.log(`endpoint ${name}: ${path}`)
const started = await startJob({
  operation: 'copy',
  source: sideOf(from, endpoints),
  destination: sideOf(to, endpoints),
  options: process.env.BANDWIDTH ? { bandwidth: process.env.BANDWIDTH } : {},
})
console.log(`job ${started.id}: ${started.state}`)
const end = await follow(started.id, ({ bytes, totalBytes }) => {
  console.log(`${bytes} of ${totalBytes} bytes`)
})
console.log(`job ${end.id}: ${end.state}, ${end.files} files, ${end.bytes} bytes`)
if (end.error) console.log(end.error.message)
process.exitCode = end.state === 'completed' ? 0 : 1
