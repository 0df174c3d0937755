import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnGuarded } from '../guard.ts'
import { type LogLine, parseLine } from './log-line.ts'
import { LogTail } from './log-tail.ts'
import { type CallOptions, RcClient, RcError } from './rc-client.ts'
import { logIn, makeSlotFolder, slotEnvironment, socketIn } from './slot-folder.ts'
import { SHORT_CALL_MS, SlotRemotes } from './slot-remotes.ts'
import { readStats } from './stats.ts'
import type { Stats } from './types.ts'

/** A cold disk and a busy machine need seconds; above that something is wrong. Usual: 85 ms. */
const START_TIMEOUT_MS = 20_000
/** Two of them, and the grace before them, must fit into what a stopping worker has. */
const STOP_CALL_MS = 2_000
const STOP_GRACE_MS = 2_000
/** Against slow leaks in a long-lived process; a fresh one costs 85 ms and 67 MB beside the old one. */
const MOST_ATTEMPTS = 500
const LONGEST_LIFE_MS = 6 * 60 * 60 * 1000
const LAST_WORDS = 20

export type SlotExit = {
  /** `closed`: we ended it in good order; `killed`: by us, at once; `crashed`: anything else. */
  cause: 'closed' | 'killed' | 'crashed'
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines of its log that were no per-file news, for our own log. */
  lastWords: string
}

export type SlotOptions = {
  /** Path of the rclone binary. */
  rclone: string
  /** Sockets, caches and temporary files of the slot go into a folder of its own in here. */
  runtimeDir: string
}

/**
 * One warm rclone daemon for one attempt at a time. It answers on a Unix socket in a 0700 folder, with a random
 * user and password, and ends when this process ends. Whoever can call it has a shell, so the password stays in
 * this object, and the environment of the child holds nothing that sets rclone's options.
 */
export class Slot {
  /** Resolves when the process is gone and the last byte of its log was read. */
  readonly exited: Promise<SlotExit>
  readonly pid: number
  /** Its socket, its log, and what the log speaks of. */
  readonly folder: string
  readonly #child: ChildProcess
  readonly #client: RcClient
  readonly #log: LogTail
  readonly #startedAt = performance.now()
  readonly #lastWords: string[] = []
  #sink: ((line: LogLine) => void) | null = null
  #ending: 'closed' | 'killed' | null = null
  #alive = true
  #attempts = 0
  #limited = false
  #doubtful = false
  #untold = false
  readonly remotes = new SlotRemotes((command, params, options) => this.call(command, params, options))

  private constructor(options: SlotOptions, folder: string) {
    const user = randomBytes(12).toString('hex')
    const password = randomBytes(24).toString('hex')
    this.#client = new RcClient({ socketPath: socketIn(folder), user, password })
    this.#log = new LogTail(logIn(folder), (line) => this.#onLine(line))
    this.#child = spawnGuarded(options.rclone, ['rcd', '--use-json-log', '--log-level', 'INFO'], {
      // Out of the terminal's process group: Ctrl-C reaches rclone through us, in our order.
      detached: true,
      cwd: folder,
      stdio: ['ignore', 'ignore', this.#log.fd],
      env: { ...slotEnvironment(folder, user, password) },
    })
    this.pid = this.#child.pid ?? 0
    this.folder = folder
    this.exited = new Promise((resolve) => {
      const end = async (code: number | null, signal: NodeJS.Signals | null) => {
        this.#alive = false
        this.#client.close()
        await this.#log.close()
        // In the same turn: whoever hears of the end may rely on the folder being gone. But what its log tells of
        // an attempt stays until that is told (left-account.ts): this worker may die before, or have lost it.
        if (!this.#untold || this.#ending === 'closed') this.#removeFolder()
        resolve({ cause: this.#ending ?? 'crashed', code, signal, lastWords: this.#lastWords.join('\n') })
      }
      this.#child.once('exit', (code, signal) => void end(code, signal))
      this.#child.once('error', (error) => {
        this.#lastWords.push(error.message)
        if (this.pid === 0) void end(null, null)
      })
    })
  }

  /** Starts rclone and waits until it answers. Rejects with what rclone said if it does not. */
  static async start(options: SlotOptions): Promise<Slot> {
    const slot = new Slot(options, await makeSlotFolder(options.runtimeDir))
    await slot.#ready()
    return slot
  }

  get alive(): boolean {
    return this.#alive && this.#ending === null
  }

  /** To be replaced after this attempt: used often or long, or not to be trusted any more. */
  get worn(): boolean {
    const old = performance.now() - this.#startedAt > LONGEST_LIFE_MS
    return !this.alive || this.#doubtful || old || this.#attempts >= MOST_ATTEMPTS
  }

  /** Says that something happened after which nobody can know the state of this rclone: it is not used again. */
  doubt(): void {
    this.#doubtful = true
  }

  /** Throws RcError. */
  call<T>(command: string, params: object = {}, options: CallOptions = {}): Promise<T> {
    return this.#answered(this.#client.call<T>(command, params, options))
  }

  /** An answer of up to `most` bytes as it came. Throws RcError, of status 413 where it is longer. */
  raw(command: string, params: object, options: CallOptions & { most: number }) {
    return this.#answered(this.#client.raw(command, params, options))
  }

  /** What got no answer may still be under way: nobody gets this rclone after whoever asked. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof RcError && error.status === 0) this.doubt()
      throw error
    }
  }

  /** A call whose body is written as it comes: see RcClient.open. */
  open(command: string, query: Record<string, string>, contentType: string) {
    return this.#client.open(command, query, contentType)
  }

  /** Sends the log of one attempt to `sink` until the returned function is called. */
  listen(sink: (line: LogLine) => void): () => void {
    if (this.#sink) throw new Error('A slot serves one attempt at a time')
    this.#sink = sink
    this.#attempts += 1
    this.#untold = true
    this.#log.follow()
    return () => {
      this.#log.rest()
      this.#sink = null
    }
  }

  /** Every line that rclone wrote before its last answer has been told when this resolves. */
  drainLog(): Promise<void> {
    return this.#log.drain()
  }

  /** Forgets what its log says so far, such as of questions before an attempt; only while it has nothing to do. */
  async clearLog(): Promise<void> {
    await this.#log.clear().catch(() => this.doubt())
  }

  /** Bytes a second for the whole slot, live; null for no limit. */
  async limit(bytesPerSecond: number | null): Promise<void> {
    // rclone takes a number without a unit as KiB.
    const rate = bytesPerSecond === null ? 'off' : `${Math.max(1, Math.round(bytesPerSecond))}B`
    // Before it is asked: it may do so and then fail to say it.
    this.#limited ||= bytesPerSecond !== null
    await this.call('core/bwlimit', { rate }, { timeoutMs: SHORT_CALL_MS })
  }

  async stats(group: string): Promise<Stats> {
    return readStats(await this.call('core/stats', { group }, { timeoutMs: SHORT_CALL_MS }))
  }

  /** Stops whatever runs in the group; a call that has not reached rclone yet is not stopped. */
  async stopGroup(group: string): Promise<void> {
    await this.call('job/stopgroup', { group }, { timeoutMs: STOP_CALL_MS })
  }

  /**
   * Makes it as new after an attempt, secrets forgotten. False: replace it. The log stays until `told` has
   * settled: it is the account of the attempt while nobody else has it.
   */
  async reset(group: string, told: Promise<unknown> = Promise.resolve()): Promise<boolean> {
    if (!this.worn) await this.#forget(group).catch(() => this.doubt())
    await told
    this.#untold = false
    if (!this.#alive) this.#removeFolder()
    else if (!this.worn) await this.#log.clear().catch(() => this.doubt())
    return !this.worn
  }

  async #forget(group: string): Promise<void> {
    // In one call: each costs rclone 0.4 ms, a quarter of what it spends on a job of one small file.
    const steps = [
      { _path: 'core/stats-delete', group },
      { _path: 'fscache/clear' },
      ...this.remotes.takeNames().map((name) => ({ _path: 'config/delete', name })),
      ...(this.#limited ? [{ _path: 'core/bwlimit', rate: 'off' }] : []),
    ]
    const { results } = await this.call<{ results: { error?: string }[] }>(
      'job/batch',
      { inputs: steps },
      { timeoutMs: SHORT_CALL_MS },
    )
    if (results.length < steps.length || results.some(({ error }) => error !== undefined)) this.doubt()
    this.#limited = false
  }

  #removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** At once; a .partial file may stay behind. */
  kill(): void {
    this.#ending ??= 'killed'
    this.#child.kill('SIGKILL')
  }

  /**
   * In good order: rclone removes its .partial files and its socket. Resolves when it is gone, or was killed and
   * hangs in the kernel all the same.
   */
  async close(): Promise<void> {
    this.#ending ??= 'closed'
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS)
    await Promise.race([this.exited, sleep(2 * STOP_GRACE_MS, null, { ref: false })])
    clearTimeout(timer)
  }

  /** rclone says nothing when its socket is there, so it is asked. */
  async #ready(): Promise<void> {
    const gone = this.exited.then(({ lastWords, code, signal }) => {
      throw new Error(`rclone did not start: ${lastWords || `exit ${code ?? signal}`}`)
    })
    try {
      await Promise.race([gone, this.#answers()])
      await this.#log.clear()
    } catch (error) {
      this.kill()
      throw error
    }
  }

  async #answers(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS
    for (;;) {
      try {
        // Not by `call`: that nobody answers yet is no reason to doubt it.
        await this.#client.call('rc/noop', {}, { timeoutMs: SHORT_CALL_MS })
        return
      } catch (error) {
        if (performance.now() > deadline || !this.#alive) throw error
      }
      await sleep(5)
    }
  }

  #onLine(text: string): void {
    const line = parseLine(text)
    if (!line) return
    if (!line.path) {
      this.#lastWords.push(line.message.slice(0, 500))
      if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift()
    }
    this.#sink?.(line)
  }
}
