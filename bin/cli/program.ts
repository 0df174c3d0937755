import { Command } from 'commander'
import { apiKeys } from './api-keys.ts'
import { completeCommand, completion } from './completion.ts'
import { endpoints } from './endpoints.ts'
import { exitStatusHelp, wantsJson } from './errors.ts'
import { events } from './events.ts'
import { fileCommands } from './files.ts'
import { jobs } from './jobs.ts'
import { people } from './people.ts'
import { schedules } from './schedules.ts'
import { secrets } from './secrets.ts'
import { templates } from './templates.ts'
import { transferCommand } from './transfers.ts'

/** The whole command line. Throws CommanderError for one that is wrong, and for help. */
export function buildProgram(): Command {
  const program = new Command('file-orbit').description('Moves files with a File Orbit server.').addHelpText(
    'after',
    `
Sides of a transfer:
  archive:2026/11      a path in the endpoint "archive"; "archive:" is all of it
  ./card-0412          a path of this machine, inside the folders that the server allows

Environment:
  FILE_ORBIT_SERVER    where the server is (default http://localhost:3000)
  FILE_ORBIT_API_KEY   an API key; make one with: npx file-orbit api-keys create --name me --role operator
  NO_COLOR             no colours
${exitStatusHelp}

Examples:
  npx file-orbit endpoints create archive --path /srv/archive
  npx file-orbit copy ./card-0412 archive:2026/11
  npx file-orbit sync projects: backup:projects --bandwidth 50M
  npx file-orbit jobs list --state failed`,
  )
  for (const operation of ['copy', 'move', 'sync'] as const) program.addCommand(transferCommand(operation))
  for (const command of fileCommands()) program.addCommand(command)
  program
    .addCommand(jobs())
    .addCommand(templates())
    .addCommand(schedules())
    .addCommand(events())
    .addCommand(endpoints())
    .addCommand(people())
    .addCommand(apiKeys())
    .addCommand(secrets())
    .addCommand(completion())
    .addCommand(completeCommand(program), { hidden: true })
  everyCommand(program, (command) => {
    command.showHelpAfterError(`(${pathOf(command)} --help says how it is used)`)
    // Commander's own exit for a wrong command line is 1, which here means a failed job.
    command.exitOverride()
    // In JSON the error is told once, by `report`.
    if (wantsJson()) command.configureOutput({ writeErr: () => {}, outputError: () => {} })
  })
  return program
}

export function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command)
  for (const below of command.commands) everyCommand(below, visit)
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : 'npx file-orbit'
}
