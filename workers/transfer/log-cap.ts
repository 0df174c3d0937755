import type { AttemptReport } from '#lib/jobs/schema.ts'

type Line = AttemptReport['log'][number]
type Share = { lines: number; characters: number }

/** The beginning says how it was set up and shows the first files; a person reads no more of it. */
const FIRST: Share = { lines: 20_000, characters: 4 * 1024 * 1024 }
/** Errors among what follows; each failed file has its own row beside. */
const ERRORS: Share = { lines: 2_000, characters: 1024 * 1024 }
/** The end says why it ended. */
const LAST: Share = { lines: 5_000, characters: 1024 * 1024 }

/**
 * What one attempt puts into its job's log, however much its rclone writes: the first lines as they come, errors
 * after them, and at the end the last lines with a word on how much lies in between. All in all 27,000 lines and
 * 6 MiB: a log of 1 GB neither fills the database nor this process. A worker that is killed takes the last lines
 * with it.
 */
export class LogCap {
  readonly #tell: (line: Line) => void
  #first = { ...FIRST }
  #errors = { ...ERRORS }
  #last: Line[] = []
  /** Where the kept ones begin in `#last`: shifting each off an array of thousands costs too much. */
  #from = 0
  #lastCharacters = 0
  #leftOut = { lines: 0, characters: 0 }
  #full = false
  #ended = false

  constructor(tell: (line: Line) => void) {
    this.#tell = tell
  }

  add(line: Line): void {
    if (this.#isKept(line)) {
      this.#tell(line)
      return
    }
    this.#last.push(line)
    this.#lastCharacters += lengthOf(line)
    while (this.#last.length - this.#from > LAST.lines || this.#lastCharacters > LAST.characters) this.#drop()
  }

  #isKept(line: Line): boolean {
    if (this.#ended) return true
    if (!this.#full) {
      if (spend(this.#first, line)) return true
      this.#full = true
      this.#tell(note(line.at, 'This log is long: of what follows only errors and the last lines are kept.'))
    }
    return (line.level === 'error' || line.level === 'critical') && spend(this.#errors, line)
  }

  /** The attempt is over: tells the last lines. What comes after them is told as it comes. */
  end(): void {
    this.#ended = true
    const { lines, characters } = this.#leftOut
    if (lines > 0) {
      const amount = `${lines.toLocaleString('en')} lines (${(characters / 1e6).toFixed(1)} MB)`
      this.#tell(note(new Date().toISOString(), `${amount} were left out here.`))
    }
    for (const line of this.#last.slice(this.#from)) this.#tell(line)
    this.#last = []
  }

  #drop(): void {
    const oldest = this.#last[this.#from]!
    this.#from += 1
    this.#lastCharacters -= lengthOf(oldest)
    this.#leftOut.lines += 1
    this.#leftOut.characters += lengthOf(oldest)
    if (this.#from < LAST.lines) return
    this.#last = this.#last.slice(this.#from)
    this.#from = 0
  }
}

/** Whether the line fits into what is left of the share; then it is taken off. */
function spend(share: Share, line: Line): boolean {
  const length = lengthOf(line)
  if (share.lines < 1 || share.characters < length) return false
  share.lines -= 1
  share.characters -= length
  return true
}

function lengthOf({ message, path }: Line): number {
  return message.length + (path?.length ?? 0)
}

function note(at: string, message: string): Line {
  return { at, level: 'notice', message }
}
