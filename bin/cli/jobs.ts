import { Command, InvalidArgumentError } from 'commander'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { isTerminal } from '#lib/jobs/states.ts'
import { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { followToTheEnd } from './follow-job.ts'
import { withExamples } from './help.ts'
import { jobFiles, jobLog } from './job-details.ts'
import { ago, colour, countOf, printJson, printTable, size, stateColour } from './output.ts'
import { templateNamed } from './template-named.ts'

const ID = '01a1fc86-49b6-71aa-a721-95a2b54606e6'

function list(): Command {
  const command = new Command('list')
    .description('List jobs, newest first.')
    .option('--state <states>', 'only these, separated by commas: queued,running,failed,…')
    .option('--endpoint <name>', 'only those from it or to it')
    .option('--template <template>', 'only its runs')
    .option('--search <words>', 'in paths and endpoint names')
    .option('--limit <n>', 'how many', positive, 50)
    .option('--json', 'print the jobs as JSON')
    .action(
      async (options: {
        state?: string
        endpoint?: string
        template?: string
        search?: string
        limit: number
        json?: boolean
      }) => {
        const client = new Client()
        const query = new URLSearchParams({ limit: String(Math.min(options.limit, 200)) })
        if (options.state) query.set('state', options.state)
        if (options.search) query.set('q', options.search)
        if (options.endpoint) query.set('endpointId', (await endpointNamed(client, options.endpoint)).id)
        if (options.template) query.set('templateId', (await templateNamed(client, options.template)).id)
        const found = await client.all<Job>(`/jobs?${query}`, options.limit)
        if (options.json) return printJson(found)
        if (found.length === 0) return console.error('There is no such job.')
        const names = await endpointNames(client)
        printTable(
          ['ID', 'STATE', 'OPERATION', 'MOVED', 'CREATED', 'FROM', 'TO'],
          found.map((job) => [
            job.id,
            job.state,
            job.operation,
            `${size(job.bytes)}, ${countOf(job.files, 'file')}`,
            ago(job.createdAt),
            sideText(names, job.source),
            sideText(names, job.destination),
          ]),
          (cell, column) => (column === 'STATE' ? stateColour(cell) : null),
        )
      },
    )
  return withExamples(command, [
    ['jobs list', 'the last 50'],
    ['jobs list --state failed,retrying', 'what needs a look'],
    ['jobs list --template "Camera cards"', 'its runs'],
    ['jobs list --endpoint archive --json', 'for a script'],
  ])
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

function show(): Command {
  const command = new Command('show')
    .description('Show one job.')
    .argument('<id>', 'its id')
    .option('--json', 'print the job as JSON')
    .action(async (id: string, options: { json?: boolean }) => {
      const client = new Client()
      const job = await client.call<Job>('GET', pathOf(id))
      if (options.json) return printJson(job)
      const names = await endpointNames(client)
      printTable(
        ['WHAT', 'VALUE'],
        [
          ['id', job.id],
          ['state', job.waitingFor ? `${job.state}, waiting for ${job.waitingFor}` : job.state],
          ['operation', job.operation],
          ['from', sideText(names, job.source)],
          ['to', sideText(names, job.destination)],
          [
            'moved',
            `${size(job.bytes)} of ${size(job.totalBytes)}, ${job.files} of ${countOf(job.totalFiles, 'file')}`,
          ],
          ['attempt', String(job.attempt)],
          ['created', job.createdAt],
          ['started', job.startedAt ?? '—'],
          ['ended', job.finishedAt ?? '—'],
          ...(job.error ? [['why', `${job.error.cause}: ${job.error.message}`]] : []),
        ],
        (cell, column) => (column === 'VALUE' ? stateColour(cell) : null),
      )
    })
  return withExamples(command, [[`jobs show ${ID}`, 'its state, figures and, if it failed, why']])
}

function follow(): Command {
  const command = new Command('follow')
    .description('Watch a job until it ends; the exit status says how it did.')
    .argument('<id>', 'its id')
    .option('--no-progress', 'tell only the end')
    .option('--json', 'print the job as one line of JSON at each change, its end last')
    .action(async (id: string, options: { progress: boolean; json?: boolean }) => {
      await followToTheEnd(new Client(), encodeURIComponent(id), {
        progress: options.progress && !options.json,
        ...(options.json && { json: 'lines' }),
      })
    })
  return withExamples(command, [
    [`jobs follow ${ID}`, 'a bar until it ends'],
    [`jobs follow ${ID} --json | jq .bytes`, 'for a script'],
  ])
}

const verbs = {
  cancel: {
    description: 'End a job; a running one stops its rclone.',
    told: 'is being cancelled',
  },
  retry: { description: 'Start another attempt of a failed or cancelled job.', told: 'is queued again' },
  pause: { description: 'Stop a job until it is resumed.', told: 'is being paused' },
  resume: { description: 'Put a paused job back into the queue.', told: 'is queued again' },
}

function verbCommand(verb: keyof typeof verbs): Command {
  const { description, told } = verbs[verb]
  const starts = verb === 'retry' || verb === 'resume'
  const command = new Command(verb).description(description).argument('<id>', 'its id')
  if (starts) command.option('--follow', 'watch it until it ends')
  command
    .option('--json', 'print the job as JSON')
    .action(async (id: string, options: { json?: boolean; follow?: boolean }) => {
      const client = new Client()
      const job = await client.call<Job>('POST', `${pathOf(id)}/${verb}`)
      if (options.follow) {
        return followToTheEnd(client, job.id, options.json ? { json: 'document' } : {})
      }
      if (options.json) return printJson(job)
      const isThere = isTerminal(job.state) || job.state === 'paused'
      console.log(`job ${job.id} ${isThere ? `is ${colour('yellow', job.state)}` : told}`)
    })
  return withExamples(command, [
    [`jobs ${verb} ${ID}`, description.replace(/\.$/, '').toLowerCase()],
    ...(starts ? [[`jobs ${verb} ${ID} --follow`, 'and watch it'] satisfies [string, string]] : []),
  ])
}

export function jobs(): Command {
  const command = new Command('jobs').description('Transfers, past and present')
  for (const one of [list(), show(), follow(), jobFiles(), jobLog()]) command.addCommand(one)
  for (const verb of Object.keys(verbs) as (keyof typeof verbs)[]) command.addCommand(verbCommand(verb))
  return withExamples(command, [
    ['jobs list --state running', 'what runs now'],
    [`jobs follow ${ID}`, 'watch one'],
  ])
}

function pathOf(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`
}

async function endpointNames(client: Client): Promise<Map<string, string>> {
  const known = await client.all<Endpoint>('/endpoints?limit=200')
  return new Map(known.map((one) => [one.id, one.name]))
}

function sideText(names: Map<string, string>, side: Job['source']): string {
  return `${names.get(side.endpointId) ?? '(deleted)'}:${side.path}`
}
