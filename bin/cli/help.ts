import type { Command } from 'commander'
import { exitStatusHelp } from './errors.ts'

/** Ends a command's help with examples, each with what it does, and the exit statuses. */
export function withExamples(command: Command, examples: [line: string, what: string][]): Command {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, what]) => `  npx file-orbit ${line.padEnd(width)}  # ${what}`)
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}\n${exitStatusHelp}`)
}
