import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Passage } from '#lib/files/pass-file.ts'

export type Passed = { status: number; headers: IncomingMessage['headers']; body: Buffer }

/** One request at a worker's private socket, as the web makes it. */
export async function passThrough(
  { socket, ticket }: Passage,
  method: 'GET' | 'PUT',
  body?: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Passed> {
  const call = request({
    ...{ socketPath: socket, path: '/', method, agent: false },
    headers: { host: 'worker', authorization: `Bearer ${ticket}`, ...headers },
  })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) }
}

/** As the web's `send`: what the worker made of a body. */
export function sending(body: Buffer | string) {
  return async (passage: Passage) => {
    const passed = await passThrough(passage, 'PUT', body)
    return JSON.parse(passed.body.toString()) as { size: number }
  }
}

/** As the web's `open`: the bytes of a file. */
export async function fetching(passage: Passage): Promise<Passed> {
  const passed = await passThrough(passage, 'GET')
  return passed.status === 409 ? JSON.parse(passed.body.toString()) : passed
}

/** Sends a part of a body that is said to be longer, and breaks off; resolves when the worker has noticed. */
export async function breakOff({ socket, ticket }: Passage, part: Buffer, whole: number): Promise<void> {
  const call = request({
    ...{ socketPath: socket, path: '/', method: 'PUT', agent: false },
    headers: { host: 'worker', authorization: `Bearer ${ticket}`, 'content-length': String(whole) },
  })
  const closed = new Promise<void>((resolve) => call.once('close', resolve))
  call.on('error', () => {})
  await new Promise<void>((resolve) => call.write(part, () => resolve()))
  call.destroy()
  await closed
}
