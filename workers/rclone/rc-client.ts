import { Agent, type IncomingMessage, request } from 'node:http'

/**
 * A refusal by rclone's remote control. `message` is rclone's own `error` text; the answer's `input` is never
 * kept, because it echoes the storage with its secrets. `status` is 0 when no answer came at all.
 */
export class RcError extends Error {
  readonly status: number
  /** The command that was called. */
  readonly path: string

  constructor(path: string, status: number, message: string) {
    super(message)
    this.name = 'RcError'
    this.path = path
    this.status = status
  }
}

/** `timeoutMs: null` waits for as long as it takes: for calls that move files. */
export type CallOptions = { signal?: AbortSignal; timeoutMs?: number | null }

/** For a call whose caller says nothing else: an rclone that hangs answers none. */
const TIMEOUT_MS = 30_000

/**
 * rclone's remote control over a private Unix socket. A call on a kept-alive connection takes under a
 * millisecond; node:http because fetch knows no Unix socket without a package and costs about twice as much.
 */
export class RcClient {
  readonly #socketPath: string
  readonly #authorization: string
  readonly #agent: Agent

  constructor(options: { socketPath: string; user: string; password: string }) {
    this.#socketPath = options.socketPath
    this.#authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`
    // rclone hangs up on a connection idle for 60 s. Letting go first (the agent ends free sockets only) means
    // that no call is ever written into a closing one, where it could not be told whether it ran.
    this.#agent = new Agent({ keepAlive: true, timeout: 30_000 })
  }

  /**
   * Calls `command` and returns its answer. Giving up (signal, time) ends the wait, not what rclone is doing.
   * Throws RcError, and nothing else.
   */
  call<T>(command: string, params: object = {}, options: CallOptions = {}): Promise<T> {
    const body = JSON.stringify(params)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const signal = abortSignal(options)
    const call = request(
      {
        socketPath: this.#socketPath,
        agent: this.#agent,
        method: 'POST',
        path: `/${command}`,
        headers: {
          host: 'rclone',
          authorization: this.#authorization,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        signal,
      },
      (answer) => read(answer, command).then((value) => resolve(value as T), reject),
    )
    call.on('error', (error) => reject(new RcError(command, 0, noAnswer(error, signal))))
    call.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

function abortSignal({ signal, timeoutMs = TIMEOUT_MS }: CallOptions): AbortSignal | undefined {
  if (timeoutMs === null) return signal
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

function noAnswer(error: Error, signal: AbortSignal | undefined): string {
  if (signal?.aborted && signal.reason?.name === 'TimeoutError') return 'rclone did not answer in time'
  if (signal?.aborted) return 'the call to rclone was given up'
  return `rclone did not answer: ${(error as NodeJS.ErrnoException).code ?? error.message}`
}

async function read(answer: IncomingMessage, command: string): Promise<unknown> {
  const status = answer.statusCode ?? 0
  let value: unknown
  try {
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new RcError(command, status === 200 ? 0 : status, 'rclone gave no readable answer')
  }
  if (status === 200) return value
  const text = (value as { error?: unknown }).error
  throw new RcError(command, status, typeof text === 'string' ? text : `rclone answered ${status}`)
}
