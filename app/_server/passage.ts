import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { json as readJson } from 'node:stream/consumers'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { Refused } from '#lib/agents/protocol.ts'
import { UnavailableError } from '#lib/errors.ts'
import type { Passage } from '#lib/files/pass-file.ts'

/** Neither the client nor the worker sent or took a byte for so long: it is over. */
const SILENT_MS = 60_000

/** Asks the worker for the bytes; answers when their head is there, or with its refusal. */
export async function fetchPassage(passage: Passage, request: Request): Promise<IncomingMessage | Refused> {
  const range = request.headers.get('range')
  const { call, answered } = openPassage(passage, 'GET', request.signal, range === null ? {} : { range })
  call.end()
  return orRefusal(await answered)
}

/** Passes the request's body to the worker as it comes, and on what it made of it. */
export async function sendPassage(passage: Passage, request: Request): Promise<{ size: number } | Refused> {
  const length = request.headers.get('content-length')
  const { call, answered } = openPassage(passage, 'PUT', request.signal, {
    'content-type': 'application/octet-stream',
    ...(length !== null && { 'content-length': length }),
  })
  const body = request.body ? Readable.fromWeb(request.body as NodeStream<Uint8Array>) : Readable.from([])
  // A body that breaks off breaks the call: the worker must not take the beginning of a file for the whole.
  body.once('error', (error) => call.destroy(error))
  body.pipe(call)
  try {
    const answer = await orRefusal(await answered)
    return isRefused(answer) ? answer : ((await readJson(answer)) as { size: number })
  } finally {
    body.destroy()
    call.destroy()
  }
}

/** The file as the browser gets it: to be kept, never to be shown. Its policy is set in bin/web/headers.ts. */
export function contentAnswer(answer: IncomingMessage | Refused, path: string): Response | Refused {
  if (isRefused(answer)) return answer
  const headers = new Headers({
    'content-type': 'application/octet-stream',
    'content-disposition': disposition(path.split('/').at(-1) ?? ''),
    'cache-control': 'no-store, no-transform',
  })
  // Under a name that Next lets through: bin/web/exact-length.ts.
  if (answer.headers['content-length']) headers.set('x-exact-length', answer.headers['content-length'])
  for (const name of ['content-range', 'accept-ranges', 'last-modified']) {
    const value = answer.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  const status = answer.statusCode ?? 502
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status, headers })
}

/** RFC 6266: the exact name in UTF-8, and beside it one that any client can read. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%;]/g, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}

function openPassage(
  { socket, ticket }: Passage,
  method: 'GET' | 'PUT',
  signal: AbortSignal,
  headers: Record<string, string>,
) {
  const call = httpRequest({
    ...{ socketPath: socket, path: '/', method, agent: false, signal },
    headers: { host: 'worker', authorization: `Bearer ${ticket}`, ...headers },
  })
  call.setTimeout(SILENT_MS, () => call.destroy(new Error('silent')))
  const answered = once(call, 'response').then(
    ([answer]) => {
      const response = answer as IncomingMessage
      // After the head nobody waits for it but the stream that reads it, which ends with it.
      call.on('error', () => response.destroy())
      return response
    },
    (error: NodeJS.ErrnoException) => {
      throw unreachable(error)
    },
  )
  return { call, answered }
}

function isRefused(answer: IncomingMessage | Refused): answer is Refused {
  return 'ok' in answer
}

/** Answers 409 are the worker's refusals. */
async function orRefusal(answer: IncomingMessage): Promise<IncomingMessage | Refused> {
  return answer.statusCode === 409 ? ((await readJson(answer)) as Refused) : answer
}

function unreachable({ code }: NodeJS.ErrnoException): UnavailableError {
  if (['ENOENT', 'EACCES', 'ENOTDIR', 'ECONNREFUSED'].includes(code ?? '')) {
    return new UnavailableError(
      'Files pass only where the web and the worker run on one machine: the worker that answered cannot be reached from here. Use a transfer instead.',
    )
  }
  return new UnavailableError('The connection broke before the file had passed. Nothing was kept; try again.')
}
