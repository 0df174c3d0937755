import { runsCommand, whyRefused } from '#lib/backends/option-rules.ts'

/**
 * Options that run a command and are taken all the same: FILE_ORBIT_ALLOW_COMMANDS of this process, such as `sftp.ssh`.
 * The web learns them from what its agent says of each option.
 */
export function allowedCommands(): string[] {
  return (process.env.FILE_ORBIT_ALLOW_COMMANDS ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
}

/** Why this agent does not take an option, or null. */
export function whyRefusedHere(type: string, name: string): string | null {
  const isAllowed = runsCommand(name) && allowedCommands().includes(`${type}.${name}`)
  return isAllowed ? null : whyRefused(type, name)
}
