import { CliError, exitStatus } from './errors.ts'

/** The server and key of the environment, and one call of its REST API. */
export class Client {
  readonly server: string
  readonly #key: string

  constructor(env: Record<string, string | undefined> = process.env) {
    this.server = (env.FILE_ORBIT_SERVER || 'http://localhost:3000').replace(/\/+$/, '')
    if (!URL.canParse(this.server)) {
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
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.open(method, path, body)
    if (answer.ok) return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
    const problem = await answer.json().catch(() => null)
    const status = answer.status === 401 ? exitStatus.unreachable : exitStatus.failed
    throw new CliError(status, refusalOf(problem) ?? `${this.server} answered ${answer.status}`)
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
      throw new CliError(
        exitStatus.unreachable,
        `No answer from ${this.server}. Is File Orbit running there? FILE_ORBIT_SERVER says where it is.`,
      )
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

function refusalOf(problem: unknown): string | null {
  if (typeof problem !== 'object' || problem === null || !('detail' in problem)) return null
  return String(problem.detail)
}
