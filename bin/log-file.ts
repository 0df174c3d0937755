import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'

const LARGEST = 10 * 1024 * 1024
const KEPT = 3

/** Opens a log for adding, with a fresh file when it has grown too large. `from` is where this opening begins. */
export function appendTo(path: string): { fd: number; from: number } {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST) rotate(path)
  const fd = openSync(path, 'a', 0o600)
  return { fd, from: fstatSync(fd).size }
}

function rotate(path: string): void {
  rmSync(`${path}.${KEPT}`, { force: true })
  for (let number = KEPT - 1; number >= 1; number -= 1) {
    if (statSync(`${path}.${number}`, { throwIfNoEntry: false })) {
      renameSync(`${path}.${number}`, `${path}.${number + 1}`)
    }
  }
  renameSync(path, `${path}.1`)
}

/** The end of what a log got since `from`, for an error a person reads. */
export function tailOf(path: string, from: number): string {
  return readFileSync(path).subarray(from).toString('utf8').trimEnd().split('\n').slice(-20).join('\n')
}

/**
 * A log that rotates while it is written. Writes at once, so that a crash of ours loses nothing; a full disk
 * loses lines instead of ending the process that watches over all others.
 */
export class LogFile {
  readonly path: string
  #fd: number
  #size: number

  constructor(path: string) {
    this.path = path
    const { fd, from } = appendTo(path)
    this.#fd = fd
    this.#size = from
  }

  write(line: string): void {
    try {
      if (this.#size > LARGEST) this.#reopen()
      this.#size += writeSync(this.#fd, `${line}\n`)
    } catch {
      // See above: there is no place left to say it in.
    }
  }

  #reopen(): void {
    closeSync(this.#fd)
    const { fd, from } = appendTo(this.path)
    this.#fd = fd
    this.#size = from
  }
}
