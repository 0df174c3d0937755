import type { CallOptions } from './rc-client.ts'

/** For calls that only touch rclone's memory (0.5 ms). */
export const SHORT_CALL_MS = 5_000

/** As config/create of rclone 1.75 answers, as far as it is read. */
type RawConfigStep = {
  State: string
  Result: string
  Error: string
  Option: {
    Name: string
    Help: string
    Type: string
    DefaultStr: string
    Required: boolean
    Exclusive: boolean
    IsPassword: boolean
    Sensitive: boolean
    Examples?: { Value: string; Help: string }[]
  } | null
}

/** Where rclone's questions are, with all that is known of the remote by then. */
export type ConfigStep = {
  /** '' when there are no more. */
  state: string
  option: RawConfigStep['Option']
  error: string
  /** For the next step, where there is no question. */
  result: string
  config: Record<string, string>
}

/** What rclone knows by name, in its memory alone. */
export class SlotRemotes {
  readonly #call: <T>(command: string, params: object, options?: CallOptions) => Promise<T>
  readonly #names: string[] = []

  constructor(call: <T>(command: string, params: object, options?: CallOptions) => Promise<T>) {
    this.#call = call
  }

  /** Makes a remote that others can lie over, until the slot's next reset. Throws RcError. */
  async define(name: string, type: string, parameters: Record<string, string>): Promise<void> {
    this.#names.push(name)
    const opt = { nonInteractive: true, noObscure: true }
    try {
      await this.#call('config/create', { name, type, parameters, opt }, { timeoutMs: SHORT_CALL_MS })
    } catch (error) {
      // rclone begins its questions when the remote is there already, and some fail at once (zoho without a region).
      const made = await this.read(name).catch(() => null)
      if (made?.type !== type) throw error
    }
  }

  /**
   * One step of rclone's own questions about a remote of this type: `state` is where they are, '' at their beginning.
   * Nothing is remembered from step to step but what the caller brings (1.75). Throws RcError.
   */
  async ask(
    name: string,
    type: string,
    parameters: Record<string, string>,
    { state, result }: { state: string; result: string },
  ): Promise<ConfigStep> {
    this.#names.push(name)
    const opt = { nonInteractive: true, noObscure: true, state, result }
    const told = await this.#call<RawConfigStep>('config/create', { name, type, parameters, opt })
    const { type: _, ...config } = await this.read(name)
    return { state: told.State, option: told.Option, error: told.Error, result: told.Result, config }
  }

  /** What rclone has of a remote by now: it writes a token there that it refreshed. Throws RcError. */
  read(name: string): Promise<Record<string, string>> {
    return this.#call('config/get', { name }, { timeoutMs: SHORT_CALL_MS })
  }

  /** Hands over the names of all that were made since the last time. */
  takeNames(): string[] {
    return this.#names.splice(0)
  }
}
