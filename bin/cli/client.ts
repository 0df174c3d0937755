import { CliError, exitStatus } from './errors.ts'

/** The server and key of the environment, and one call of its REST API. */
export class Client {
  readonly server: string
  readonly #key: string

  constructor(env: Record<string, string | undefined> = process.env) {
    this.server = (env.FILE_ORBIT_SERVER || 'http://localhost:3000').replace(/\/+$/, '')
    if (!/^https?:$/.test(URL.parse(this.server)?.protocol ?? '')) {
      throw new CliError(
        exitStatus.usage,
        `FILE_ORBIT_SERVER is "${this.server}"; expected an address such as http://localhost:3000`,
      )
    }
    if (!env.FILE_ORBIT_API_KEY) {
      throw new CliError(
        exitStatus.unreachable,
        'FILE_ORBIT_API_KEY is not set. On the machine itself make a key: npx file-orbit api-keys create --name me --role operator',
      )
    }
    this.#key = env.FILE_ORBIT_API_KEY
  }

  /** Throws CliError with the server's own words for a refusal. */
  async call<T>(method: string, path: string, body?: unknown, more: RequestInit = {}): Promise<T> {
    const answer = await this.open(method, path, body, more)
    if (answer.status === 204) return undefined as T
    const data: unknown = await answer.json().catch(() => null)
    if (answer.ok && data !== null) return data as T
    throw this.#refusal(answer, data)
  }

  /** Throws the server's own words for an answer that is not the stream that was asked for. */
  async refuse(answer: Response): Promise<never> {
    throw this.#refusal(answer, await answer.json().catch(() => null))
  }

  #refusal(answer: Response, problem: unknown): CliError {
    if (answer.status === 401) return new CliError(exitStatus.unreachable, this.#wrongKey())
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) {
      const { detail, errors } = problem as { detail: unknown; errors?: unknown }
      const more = { httpStatus: answer.status, ...(errors !== undefined && { errors }) }
      return new CliError(exitStatus.failed, String(detail), more)
    }
    return new CliError(
      exitStatus.unreachable,
      `${this.server} answered ${answer.status} without File Orbit's words, so something else is there. FILE_ORBIT_SERVER is the address of its pages, without a path.`,
    )
  }

  #wrongKey(): string {
    const known = this.#key.startsWith('fo_')
      ? `It begins with ${this.#key.slice(0, 9)}`
      : 'A key begins with fo_, this one does not'
    return `${this.server} does not take the key in FILE_ORBIT_API_KEY. ${known}; it may be revoked or of another server. Make a new one there: npx file-orbit api-keys create --name me --role operator`
  }

  /** The raw answer, for streams. Throws CliError when nobody answers. */
  async open(method: string, path: string, body?: unknown, more: RequestInit = {}): Promise<Response> {
    try {
      return await fetch(`${this.server}/api/v1${path}`, {
        ...more,
        method,
        headers: {
          authorization: `Bearer ${this.#key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...more.headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    } catch (error) {
      if (more.signal?.aborted) throw error
      throw new CliError(exitStatus.unreachable, `No answer from ${this.server}${whyNoAnswer(error)}`)
    }
  }

  /** Every item of a list, page after page. */
  async all<T>(path: string, most = Number.POSITIVE_INFINITY): Promise<T[]> {
    const items: T[] = []
    let cursor: string | null = null
    do {
      const glue: string = path.includes('?') ? '&' : '?'
      const next: string = cursor ? `${path}${glue}cursor=${encodeURIComponent(cursor)}` : path
      const page: { items: T[]; nextCursor: string | null } = await this.call('GET', next)
      items.push(...page.items)
      cursor = page.nextCursor
    } while (cursor && items.length < most)
    return items.slice(0, most)
  }
}

function whyNoAnswer(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined
  const code = cause?.code ?? ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return ': there is no host of that name. FILE_ORBIT_SERVER says where File Orbit is.'
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return `: its certificate is not trusted (${code}). NODE_EXTRA_CA_CERTS names a file with the one to trust.`
  }
  if (/SSL|TLS|EPROTO/.test(code)) {
    return ' by TLS. Is it http:// rather than https:// in FILE_ORBIT_SERVER?'
  }
  return '. Is File Orbit running there? On that machine: npm start. FILE_ORBIT_SERVER says where it is.'
}
