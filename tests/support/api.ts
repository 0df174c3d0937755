import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import type { Role } from '#lib/db/schema/users.ts'
import type { Contexts } from './context.ts'

export type Answer<T> = { status: number; headers: Headers; body: T }

type Headed = Record<string, string>

/** The REST API as a client with these headers sees it; `body` is parsed JSON, or the text where it is none. */
export function client(url: string, headers: Headed = {}) {
  const call =
    (method: string) =>
    async <T = Record<string, never>>(
      path: string,
      body?: unknown,
      more: Headed = {},
    ): Promise<Answer<T>> => {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        redirect: 'manual',
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers, ...more },
        ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('json')
      return { status: answer.status, headers: answer.headers, body: (isJson ? JSON.parse(text) : text) as T }
    }
  return {
    ...{
      get: call('GET'),
      post: call('POST'),
      patch: call('PATCH'),
      put: call('PUT'),
      delete: call('DELETE'),
    },
    call: (method: string, path: string, body?: unknown) => call(method)(path, body),
    stream: (path: string, more: Headed = {}) => openStream(`${url}/api/v1${path}`, { ...headers, ...more }),
  }
}

/** A client with a key of this role. */
export async function keyClient(url: string, ctx: Contexts, role: Role) {
  return client(url, { authorization: `Bearer ${await makeKey(ctx, role)}` })
}

export async function makeKey(ctx: Contexts, role: Role): Promise<string> {
  const { key } = await createApiKey({ ctx: ctx.system, input: { name: `${role} of a test`, role } })
  return key!
}

export type StreamEvent = { id: string | undefined; event: string; data: Record<string, unknown> }

export type EventStream = {
  status: number
  headers: Headers
  /** The next event that `fits`, those before it passed over; null when the stream ended without one. */
  next(fits: (event: StreamEvent) => boolean): Promise<StreamEvent | null>
  close(): Promise<void>
}

async function openStream(url: string, headers: Headed): Promise<EventStream> {
  const abort = new AbortController()
  const answer = await fetch(url, { headers, signal: abort.signal })
  const reader = answer
    .body!.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  return {
    status: answer.status,
    headers: answer.headers,
    async next(fits) {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return null
        const event = read(value)
        if (fits(event)) return event
      }
    },
    async close() {
      abort.abort()
      await reader.cancel().catch(() => {})
    },
  }
}

function read({ id, event, data }: EventSourceMessage): StreamEvent {
  return { id, event: event ?? 'message', data: JSON.parse(data) as Record<string, unknown> }
}
