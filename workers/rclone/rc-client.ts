import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'

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
  async call<T>(command: string, params: object = {}, options: CallOptions = {}): Promise<T> {
    return (await this.#send(command, params, options, read)) as T
  }

  /** The answer's own bytes, where reading it here would hold up everything else. */
  raw(
    command: string,
    params: object,
    options: CallOptions & { most: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#send(command, params, options, (answer) => readRaw(answer, command, options.most))
  }

  #send<T>(
    command: string,
    params: object,
    options: CallOptions,
    take: (answer: IncomingMessage, command: string) => Promise<T>,
  ): Promise<T> {
    const body = JSON.stringify(params)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const signal = abortSignal(options)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = this.#request(command, headers, signal, (answer) =>
      take(answer, command).then(resolve, reject),
    )
    call.on('error', (error) => reject(new RcError(command, 0, noAnswer(error, signal))))
    call.end(body)
    return promise
  }

  /**
   * A call whose body the caller writes: `end` it, and `done` tells of the answer. `query` stands in the address, so
   * it holds no secret.
   */
  open(
    command: string,
    query: Record<string, string>,
    contentType: string,
  ): { body: ClientRequest; done: Promise<unknown> } {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const path = `${command}?${new URLSearchParams(query)}`
    const body = this.#request(path, { 'content-type': contentType }, undefined, (answer) =>
      read(answer, command).then(resolve, reject),
    )
    body.on('error', (error) => reject(new RcError(command, 0, noAnswer(error, undefined))))
    return { body, done: promise }
  }

  #request(
    path: string,
    headers: Record<string, string | number>,
    signal: AbortSignal | undefined,
    onAnswer: (answer: IncomingMessage) => void,
  ): ClientRequest {
    const own = { host: 'rclone', authorization: this.#authorization }
    const socketPath = this.#socketPath
    return request(
      {
        socketPath,
        agent: this.#agent,
        method: 'POST',
        path: `/${path}`,
        headers: { ...own, ...headers },
        signal,
      },
      onAnswer,
    )
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

async function readRaw(
  answer: IncomingMessage,
  command: string,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (answer.statusCode !== 200) {
    await read(answer, command)
    throw new RcError(command, 0, 'rclone gave no readable answer')
  }
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > most) throw new RcError(command, 413, 'the answer is too long')
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof RcError) throw error
    throw new RcError(command, 0, `rclone did not answer: ${(error as Error).message}`)
  }
  // Of its own, not a slice of a pool: it is handed to another thread.
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
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
