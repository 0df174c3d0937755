import { Command } from 'commander'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { Client } from './client.ts'
import { printJson, printTable, size } from './output.ts'

export function jobs(): Command {
  const list = new Command('list')
    .description('List jobs, newest first.')
    .option('--state <states>', 'only these, separated by commas: queued,running,failed,…')
    .option('--search <words>', 'in paths and endpoint names')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'print the jobs as JSON')
    .action(async (options: { state?: string; search?: string; limit: string; json?: boolean }) => {
      const client = new Client()
      const most = Math.max(1, Number(options.limit) || 50)
      const query = new URLSearchParams({ limit: String(Math.min(most, 200)) })
      if (options.state) query.set('state', options.state)
      if (options.search) query.set('q', options.search)
      const found = await client.all<Job>(`/jobs?${query}`, most)
      if (options.json) return printJson(found)
      const names = await endpointNames(client)
      printTable(
        ['ID', 'STATE', 'OPERATION', 'FROM', 'TO', 'MOVED', 'CREATED'],
        found.map((job) => [
          job.id,
          job.state,
          job.operation,
          sideText(names, job.source),
          sideText(names, job.destination),
          `${size(job.bytes)}, ${job.files} files`,
          job.createdAt,
        ]),
      )
    })
  const show = new Command('show')
    .description('Show one job.')
    .argument('<id>')
    .option('--json', 'print the job as JSON')
    .action(async (id: string, options: { json?: boolean }) => {
      const client = new Client()
      const job = await client.call<Job>('GET', `/jobs/${encodeURIComponent(id)}`)
      if (options.json) return printJson(job)
      const names = await endpointNames(client)
      printTable(
        ['WHAT', 'VALUE'],
        [
          ['id', job.id],
          ['state', job.state],
          ['operation', job.operation],
          ['from', sideText(names, job.source)],
          ['to', sideText(names, job.destination)],
          ['moved', `${size(job.bytes)} of ${size(job.totalBytes)}, ${job.files} of ${job.totalFiles} files`],
          ['attempt', String(job.attempt)],
          ['created', job.createdAt],
          ['started', job.startedAt ?? '—'],
          ['ended', job.finishedAt ?? '—'],
          ...(job.error ? [['why', `${job.error.cause}: ${job.error.message}`]] : []),
        ],
      )
    })
  const command = new Command('jobs')
    .description('Transfers, past and present')
    .addCommand(list)
    .addCommand(show)
  const verbs = {
    cancel: 'End a job; a running one stops its rclone.',
    retry: 'Start another attempt of a failed or cancelled job.',
    pause: 'Stop a job until it is resumed.',
    resume: 'Put a paused job back into the queue.',
  }
  for (const [verb, description] of Object.entries(verbs)) {
    command.addCommand(
      new Command(verb)
        .description(description)
        .argument('<id>')
        .option('--json', 'print the job as JSON')
        .action(async (id: string, options: { json?: boolean }) => {
          const job = await new Client().call<Job>('POST', `/jobs/${encodeURIComponent(id)}/${verb}`)
          if (options.json) printJson(job)
          else console.log(`${job.id}: ${job.state}`)
        }),
    )
  }
  return command
}

async function endpointNames(client: Client): Promise<Map<string, string>> {
  const known = await client.all<Endpoint>('/endpoints?limit=200')
  return new Map(known.map((one) => [one.id, one.name]))
}

function sideText(names: Map<string, string>, side: Job['source']): string {
  return `${names.get(side.endpointId) ?? '(deleted)'}:${side.path}`
}
