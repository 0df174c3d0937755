import { CommanderError } from 'commander'
import { DomainError } from '#lib/errors.ts'

/** How a transfer or a call ended, as the exit status that scripts read. */
export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  cancelled: 3,
  unreachable: 4,
  interrupted: 130,
} as const

/** The same for people, in every place that tells of it. */
export const exitStatusHelp = `
Exit status:
  0    done; for a transfer: every file arrived
  1    the job failed, or the server refused the request
  2    the command line is wrong
  3    the job was cancelled
  4    the server cannot be reached, or does not take the key
  130  Ctrl-C while following; the job goes on`

/** A refusal that is told in one sentence and ends with its own status. */
export class CliError extends Error {
  readonly status: number
  /** What a script may want beside the sentence: the fields that are wrong, the job that is meant. */
  readonly more: Record<string, unknown>

  constructor(status: number, message: string, more: Record<string, unknown> = {}) {
    super(message)
    this.name = 'CliError'
    this.status = status
    this.more = more
  }
}

export function exitStatusOf(error: unknown): number {
  if (error instanceof CliError) return error.status
  // --help and --version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage
  return exitStatus.failed
}

/** Whether the command was asked for JSON: known before the command line is parsed, which may fail itself. */
export function wantsJson(argv: string[] = process.argv.slice(2)): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** Says what went wrong on standard error: a sentence, or one JSON document {error: {message, status, …}}. */
export function report(error: unknown): void {
  const status = exitStatusOf(error)
  if (status === exitStatus.done) return
  const isOurs = error instanceof CliError || error instanceof DomainError
  if (!wantsJson()) {
    // Commander has said its own already.
    if (isOurs) console.error(`file-orbit: ${error.message}`)
    else if (!(error instanceof CommanderError)) console.error(error)
    return
  }
  const message = error instanceof Error ? error.message.replace(/^error: /, '') : String(error)
  const more = error instanceof CliError ? error.more : {}
  console.error(JSON.stringify({ error: { message, status, ...more } }))
}
