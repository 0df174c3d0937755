import { Command, InvalidArgumentError } from 'commander'
import type { Job } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { Client } from './client.ts'
import { followToTheEnd } from './follow-job.ts'
import { withExamples } from './help.ts'
import { printJson } from './output.ts'
import { parseSide, resolveSide } from './sides.ts'

const summaries: Record<Operation, string> = {
  copy: 'Copy a file or a folder; nothing is deleted.',
  move: 'Move: each file is deleted at the source once it has arrived.',
  sync: 'Make the destination the same as the source: what only the destination has is deleted there.',
}

const examples: Record<Operation, [string, string][]> = {
  copy: [
    ['copy ./card-0412 archive:2026/11', 'a folder of this machine into an endpoint'],
    ['copy archive:2026/11/A001.mxf ./', 'one file back'],
    ['copy cards: archive:cards --bandwidth 50M', 'a whole endpoint, slowly'],
    ['copy cards:A001 archive:A001 --detach', 'start it, print its id, return'],
  ],
  move: [
    ['move inbox: archive:2026', 'empties the inbox as files arrive'],
    ['move inbox: archive:2026 --json', 'the job as JSON when it has ended'],
  ],
  sync: [
    ['sync projects: backup:projects', 'deletes in the backup what the source has no more'],
    ['sync projects: backup:projects --no-progress', 'only the end is told, for cron'],
  ],
}

type Options = {
  bandwidth?: string
  transfers?: number
  priority?: number
  detach?: boolean
  progress: boolean
  cancelOnInterrupt?: boolean
  json?: boolean
}

function wholeNumber(text: string): number {
  if (!/^-?\d{1,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}

/** `copy`, `move` and `sync`: start a job, follow it live, end with a status that says how it ended. */
export function transferCommand(operation: Operation): Command {
  const command = new Command(operation)
    .description(summaries[operation])
    .argument('<source>', 'endpoint:path, or a local path')
    .argument('<destination>', 'endpoint:path, or a local path: a folder')
    .option('--bandwidth <rate>', 'limit, such as 10M (MiB a second)')
    .option('--transfers <n>', 'files at a time', wholeNumber)
    .option('--priority <n>', 'higher starts first', wholeNumber)
    .option('--detach', 'do not follow: print the id of the job and return')
    .option('--no-progress', 'tell only the end')
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the job instead of leaving it running')
    .option('--json', 'print the job as JSON when it has ended; errors too, on standard error')
    .action(async (from: string, to: string, options: Options) => {
      const client = new Client()
      const sides = [parseSide(from), parseSide(to)] as const
      const source = await resolveSide(client, sides[0], 'source')
      const destination = await resolveSide(client, sides[1], 'destination')
      const { bandwidth, transfers, priority } = options
      const job = await client.call<Job>('POST', '/jobs', {
        operation,
        source,
        destination,
        options: { bandwidth, transfers, priority },
      })
      if (!options.detach) {
        const { json, ...rest } = options
        return followToTheEnd(client, job.id, { ...rest, ...(json && { json: 'document' }) })
      }
      if (options.json) printJson(job)
      else console.log(job.id)
    })
  return withExamples(command, examples[operation])
}
