import { checkApiKey } from '#lib/api-keys/check-api-key.ts'
import { type Actor, type Context, unauthenticated } from '#lib/context.ts'
import { DomainError, ForbiddenError, InvalidError, NotFoundError, UnavailableError } from '#lib/errors.ts'
import { isId } from '#lib/parse.ts'
import { currentUser } from './auth.ts'
import { problem } from './problem.ts'
import { contextFor, web } from './web.ts'

/** Far above any request there is; a body beyond it is refused before it is read whole. */
const LARGEST_BODY = 1024 * 1024
/** A storage is given 15 s to answer; a database that hangs would keep its callers for ever. */
const ANSWER_WITHIN_MS = 30_000

export type Call = {
  ctx: Context
  request: Request
  /** The id in the path, checked to be one. */
  id: string
  /** The storage type in the path, such as `google cloud storage`. */
  type: string
  /** The query as the verb's input: a name given twice is refused. */
  query: Record<string, string>
  /** The parsed JSON body; throws for one that is missing, too large or no JSON. */
  body(): Promise<unknown>
  /** The same, where a request without one means the usual: an empty object. */
  bodyOrUsual(): Promise<unknown>
}

/** A route without a name in brackets is given no params at all. */
type RouteContext = { params: Promise<{ id?: string; type?: string } | undefined> }

/**
 * Wraps a route handler: finds the actor (API key, or cookie with a same-origin check on mutations), builds
 * the context, turns what is thrown into problem details. `answer` calls one verb.
 */
export function route(answer: (call: Call) => Promise<Response>, { mayTakeLong = false } = {}) {
  const respond = async (request: Request, context: RouteContext): Promise<Response> => {
    try {
      const actor = await findActor(request)
      const { id, type = '' } = (await context.params) ?? {}
      if (id !== undefined && !isId(id)) throw new NotFoundError('There is nothing with this id.')
      const ctx = await contextFor(actor, request.headers.get('idempotency-key') ?? undefined)
      return await answer({
        ctx,
        request,
        id: id ?? '',
        type,
        query: queryOf(request),
        body: async () => parseBody(await readBody(request)),
        bodyOrUsual: async () => parseBody((await readBody(request)) || '{}'),
      })
    } catch (error) {
      return problem(error)
    }
  }
  // Bytes of a file pass for as long as they do; both ends of them have their own watch on silence.
  if (mayTakeLong) return respond
  return (request: Request, context: RouteContext): Promise<Response> => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const late = new UnavailableError(
      'There was no answer in 30 seconds. What was asked for may still be done: look before you ask again.',
    )
    const timer = setTimeout(() => resolve(problem(late)), ANSWER_WITHIN_MS)
    return Promise.race([respond(request, context), promise]).finally(() => clearTimeout(timer))
  }
}

export function json(data: unknown, status = 200): Response {
  const body = JSON.stringify(data)
  // Next compresses whatever it may, however short; that took a tenth of its time on answers of one job.
  const transform = body.length < 2048 ? ', no-transform' : ''
  const headers = { 'content-type': 'application/json', 'cache-control': `no-store${transform}` }
  return new Response(body, { status, headers })
}

/** The actor behind a request; throws when there is none. */
export async function findActor(request: Request): Promise<Actor> {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) {
    const key = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1]
    const actor = key ? await checkApiKey(web().database.db, key) : null
    if (!actor) throw unauthenticated()
    return actor
  }
  const user = await currentUser()
  if (!user) throw unauthenticated()
  if (!['GET', 'HEAD'].includes(request.method)) refuseForeignOrigin(request)
  return user
}

/** A cookie goes along with requests that other sites make; server actions check this themselves, routes do not. */
function refuseForeignOrigin(request: Request): void {
  const origin = request.headers.get('origin')
  if (origin !== null && URL.parse(origin)?.host === request.headers.get('host')) return
  throw new ForbiddenError(
    'This request did not come from a page of this server. From elsewhere send an API key as "Authorization: Bearer fo_…".',
  )
}

function queryOf(request: Request): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name in query) throw InvalidError.at(name, 'Give this once.')
    query[name] = value
  }
  return query
}

async function readBody(request: Request): Promise<string> {
  const tooLarge = new DomainError('too_large', 'A request body holds at most 1 MiB.')
  if (Number(request.headers.get('content-length') ?? 0) > LARGEST_BODY) throw tooLarge
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST_BODY) throw tooLarge
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw noJson()
  }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw noJson()
  }
}

function noJson(): InvalidError {
  return new InvalidError('The body is not JSON. Send a JSON object with "Content-Type: application/json".')
}
