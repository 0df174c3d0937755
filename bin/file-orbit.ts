#!/usr/bin/env node
import { Command } from 'commander'
import { apiKeys } from './cli/api-keys.ts'
import { endpoints } from './cli/endpoints.ts'
import { exitStatusOf, report } from './cli/errors.ts'
import { jobs } from './cli/jobs.ts'
import { transferCommand } from './cli/transfers.ts'

const program = new Command('file-orbit')
  .description('Moves files with a File Orbit server.')
  .showHelpAfterError('(file-orbit --help shows the commands)')
  .addHelpText(
    'after',
    `
Environment:
  FILE_ORBIT_SERVER    where the server is (default http://localhost:3000)
  FILE_ORBIT_API_KEY   an API key; make one with: npx file-orbit api-keys create --name me --role operator

Exit status:
  0  done; for a transfer: every file arrived
  1  the job failed, or the server refused the request
  2  the command line is wrong
  3  the job was cancelled
  4  the server cannot be reached, or takes no such key

Examples:
  npx file-orbit endpoints create --name archive --path /srv/archive
  npx file-orbit copy ./card-0412 archive:2026/11
  npx file-orbit sync projects: backup:projects --bandwidth 50M
  npx file-orbit jobs list --state failed`,
  )
  .addCommand(apiKeys())
  .addCommand(endpoints())
  .addCommand(jobs())
for (const operation of ['copy', 'move', 'sync'] as const) program.addCommand(transferCommand(operation))

// Commander's own exit for a wrong command line is 1, which here means a failed job.
program.exitOverride()
for (const command of program.commands) {
  command.exitOverride()
  for (const below of command.commands) below.exitOverride()
}

try {
  await program.parseAsync()
} catch (error) {
  report(error)
  process.exitCode = exitStatusOf(error)
}
