import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Client } from '#bin/cli/client.ts'
import { CliError } from '#bin/cli/errors.ts'
import { follow } from '#bin/cli/follow.ts'
import { runningJob as job } from '#tests/support/job.ts'

const event = (name: string, id: string, data: unknown) =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`

let server: Server

type Served = { client: Client; lastEventIds: (string | undefined)[]; refuse: number[] }

/**
 * A server whose stream says one of `streams` at each connection and then ends. Statuses in `refuse` are what the
 * next calls are answered with.
 */
function serve(streams: string[]): Promise<Served> {
  const lastEventIds: (string | undefined)[] = []
  const refuse: number[] = []
  server = createServer((request, answer) => {
    const status = refuse.shift()
    if (status) {
      answer.writeHead(status, { 'content-type': 'application/problem+json' })
      return answer.end(JSON.stringify({ title: 'Not available now', status, detail: 'In a moment.' }))
    }
    if (!request.url?.includes('/stream')) {
      answer.setHeader('content-type', 'application/json')
      return answer.end(JSON.stringify(job))
    }
    lastEventIds.push(request.headers['last-event-id']?.toString())
    answer.setHeader('content-type', 'text/event-stream')
    answer.end(streams[lastEventIds.length - 1] ?? '')
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        client: new Client({ FILE_ORBIT_SERVER: `http://127.0.0.1:${port}`, FILE_ORBIT_API_KEY: 'fo_x' }),
        ...{ lastEventIds, refuse },
      })
    })
  })
}

afterEach(() => server?.close())

test('a stream that breaks is taken up again where it ended, and the end is told', async () => {
  const progress = { ...job, bytes: 5, inFlight: [{ path: 'f', size: 10, bytes: 5, speed: 1 }] }
  const { client, lastEventIds } = await serve([
    event('snapshot', 'one', { items: [job] }) +
      event('progress', 'two', progress) +
      'event: beat\ndata: {}\n\n',
    event('snapshot', 'three', { items: [job] }) +
      event('job', 'four', { ...job, state: 'completed', bytes: 10 }),
  ])
  const seen: number[] = []
  const end = await follow(client, job.id, (now) => seen.push(now.bytes))
  expect(end).toMatchObject({ state: 'completed', bytes: 10 })
  expect(seen).toContain(5)
  expect(lastEventIds).toEqual([undefined, 'two'])
})

test('a server whose database is away for a moment has not lost the job', async () => {
  const { client, refuse } = await serve([
    event('snapshot', 'one', { items: [job] }),
    event('job', 'two', { ...job, state: 'completed' }),
  ])
  refuse.push(503)
  const states: string[] = []
  const end = await follow(client, job.id, (now) => states.push(now.state))
  expect(end).toMatchObject({ state: 'completed' })
  expect(refuse).toEqual([])
})

test('without a key or with a wrong address the client says what to do', () => {
  expect(() => new Client({ FILE_ORBIT_SERVER: 'http://x' })).toThrow(/api-keys create/)
  expect(() => new Client({ FILE_ORBIT_SERVER: 'nowhere', FILE_ORBIT_API_KEY: 'x' })).toThrow(CliError)
})

test('a server that does not answer is named', async () => {
  const client = new Client({ FILE_ORBIT_SERVER: 'http://127.0.0.1:1', FILE_ORBIT_API_KEY: 'x' })
  await expect(client.call('GET', '/jobs')).rejects.toThrow('http://127.0.0.1:1')
})
