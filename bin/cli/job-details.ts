import { Command, Option } from 'commander'
import type { JobLogLine, Transfer } from '#lib/jobs/schema.ts'
import { transferStates } from '#lib/jobs/states.ts'
import { Client } from './client.ts'
import { withExamples } from './help.ts'
import { colour, dim, printJson, printTable, size, stateColour, visible } from './output.ts'

const ID = '01a1fc86-49b6-71aa-a721-95a2b54606e6'

const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical'] as const

/** `jobs files`: what became of each file. */
export function jobFiles(): Command {
  const command = new Command('files')
    .description('List the files of a job, failed ones first.')
    .argument('<id>', 'its id')
    .addOption(new Option('--state <state>', 'only these').choices([...transferStates]))
    .option('--json', 'print the files as JSON')
    .action(async (id: string, options: { state?: string; json?: boolean }) => {
      const query = new URLSearchParams({ limit: '200', ...(options.state && { state: options.state }) })
      const path = `/jobs/${encodeURIComponent(id)}/transfers?${query}`
      const found = await new Client().all<Transfer>(path)
      if (options.json) return printJson(found)
      printTable(
        ['STATE', 'ACTION', 'SIZE', 'PATH', 'WHY'],
        found.map((file) => [file.state, file.action, size(file.size), file.path, file.error?.message ?? '']),
        (cell, column) => (column === 'STATE' ? stateColour(cell) : null),
      )
    })
  return withExamples(command, [
    [`jobs files ${ID}`, 'all of them'],
    [`jobs files ${ID} --state failed`, 'what did not arrive, and why'],
  ])
}

/** `jobs log`: rclone's own words, oldest first. */
export function jobLog(): Command {
  const command = new Command('log')
    .description('Print the log of a job, oldest first.')
    .argument('<id>', 'its id')
    .addOption(new Option('--level <least>', 'only this and worse').choices([...levels]).default('debug'))
    .option('--json', 'print the lines as JSON')
    .action(async (id: string, options: { level: (typeof levels)[number]; json?: boolean }) => {
      const least = levels.indexOf(options.level)
      const all = await new Client().all<JobLogLine>(`/jobs/${encodeURIComponent(id)}/log`)
      const lines = all.filter((line) => levels.indexOf(line.level) >= least)
      if (options.json) return printJson(lines)
      for (const line of lines) console.log(lineText(line))
    })
  return withExamples(command, [
    [`jobs log ${ID}`, 'everything'],
    [`jobs log ${ID} --level error`, 'what went wrong'],
  ])
}

function lineText({ at, level, path, message }: JobLogLine): string {
  const word = level.padEnd(8)
  const tone =
    levels.indexOf(level) >= levels.indexOf('error') ? 'red' : level === 'warning' ? 'yellow' : null
  return `${dim(at)} ${tone ? colour(tone, word) : word} ${path ? `${visible(path)}: ` : ''}${visible(message)}`
}
