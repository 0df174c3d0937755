import type { HostKey } from './host-key.ts'

type Failure = { cause: string; message: string; words?: string; hostKey?: HostKey }
/** A sentence about what was found; with `warning`, it works and a person should look at it all the same. */
export type Verdict = string | { warning: string } | Failure

export type StageRow<Name extends string> = {
  stage: Name
  ok: boolean
  ms: number
  cause: string | null
  message: string
  warning?: true
  words?: string
  hostKey?: HostKey
}

/** The rows of a test so far: it ends at the first that fails. */
export class Stages<Name extends string> {
  readonly rows: StageRow<Name>[] = []
  /** Takes secrets out of what is told. */
  hidden = (text: string) => text

  get ok(): boolean {
    return this.rows.every((row) => row.ok)
  }

  async run(name: Name, check: () => Promise<Verdict>): Promise<boolean> {
    const began = performance.now()
    return this.tell(name, await check(), performance.now() - began)
  }

  /** A stage that passed before may turn out to have failed: its row is replaced. */
  tell(stage: Name, found: Verdict, ms: number): boolean {
    const row: StageRow<Name> = { stage, ...this.#told(found), ms: Math.round(ms * 10) / 10 }
    const before = this.rows.findIndex((one) => one.stage === stage)
    if (before === -1) this.rows.push(row)
    else this.rows.splice(before, this.rows.length, row)
    return row.ok
  }

  #told(found: Verdict): Omit<StageRow<Name>, 'stage' | 'ms'> {
    if (typeof found === 'string') return { ok: true, cause: null, message: this.hidden(found) }
    if ('warning' in found) {
      return { ok: true, cause: null, message: this.hidden(found.warning), warning: true }
    }
    const { cause, message, words, hostKey } = found
    return {
      ...{ ok: false, cause, message: this.hidden(message) },
      ...(words && { words: this.hidden(words) }),
      ...(hostKey && { hostKey }),
    }
  }
}
