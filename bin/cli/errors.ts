import { CommanderError } from 'commander'
import { DomainError } from '#lib/errors.ts'

/** How a transfer or a call ended, as the exit status that scripts read. */
export const exitStatus = { done: 0, failed: 1, usage: 2, cancelled: 3, unreachable: 4 } as const

/** A refusal that is told in one sentence and ends with its own status. */
export class CliError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'CliError'
    this.status = status
  }
}

export function exitStatusOf(error: unknown): number {
  if (error instanceof CliError) return error.status
  // --help and --version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage
  return exitStatus.failed
}

/** Says what went wrong on standard error; commander has said its own already. */
export function report(error: unknown): void {
  if (error instanceof CommanderError) return
  if (error instanceof CliError || error instanceof DomainError) console.error(`file-orbit: ${error.message}`)
  else console.error(error)
}
