import { Command, InvalidArgumentError } from 'commander'
import {
  type EarlierFate,
  type EventSummary,
  type LedgerEvent,
  MOST_REPLAYED,
  type ReplayAnswer,
} from '#lib/events/schema.ts'
import { eventStates } from '#lib/events/states.ts'
import type { Template } from '#lib/templates/schema.ts'
import { Client } from './client.ts'
import { exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { ago, colour, countOf, printJson, printTable, size } from './output.ts'
import { templateNamed } from './template-named.ts'

const ID = '01a1fc86-49b6-71aa-a721-95a2b54606e6'

const colours: Record<string, Parameters<typeof colour>[0]> = {
  transferred: 'green',
  pending: 'blue',
  failed: 'red',
  dead: 'red',
}

type Narrowing = {
  state?: string
  template?: string
  search?: string
  job?: string
  since?: string
  until?: string
}

async function queryOf(client: Client, options: Narrowing): Promise<URLSearchParams> {
  const query = new URLSearchParams()
  if (options.state) query.set('state', options.state)
  if (options.search) query.set('q', options.search)
  if (options.job) query.set('jobId', options.job)
  if (options.since) query.set('since', options.since)
  if (options.until) query.set('until', options.until)
  if (options.template) query.set('templateId', (await templateNamed(client, options.template)).id)
  return query
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

function narrowed(command: Command): Command {
  return command
    .option('--state <fates>', 'only these, separated by commas: ignored,pending,transferred,failed,dead')
    .option('--template <template>', 'only those of this template')
    .option('--job <id>', 'only those of this job')
    .option('--search <words>', 'in paths')
    .option('--since <time>', 'received on this day (UTC) or at this time, or later')
    .option('--until <time>', 'received on this day (UTC) or earlier, or before this time')
}

function list(): Command {
  const command = narrowed(new Command('list').description('The ledger, newest first.'))
    .option('--limit <n>', 'how many', positive, 50)
    .option('--json', 'print the events as JSON')
    .action(async (options: Narrowing & { limit: number; json?: boolean }) => {
      const client = new Client()
      const query = await queryOf(client, options)
      query.set('limit', String(Math.min(options.limit, 200)))
      const found = await client.all<LedgerEvent>(`/events?${query}`, options.limit)
      if (options.json) return printJson(found)
      if (found.length === 0) return console.error('There is no such event.')
      const names = new Map(
        (await client.all<Template>('/templates?limit=200')).map((one) => [one.id, one.name]),
      )
      printTable(
        ['ID', 'FATE', 'KIND', 'SIZE', 'RECEIVED', 'TEMPLATE', 'FILE', 'WHERE OR WHY'],
        found.map((one) => [
          one.id,
          one.state,
          one.kind,
          one.size === null ? '—' : size(one.size),
          ago(one.receivedAt),
          names.get(one.templateId) ?? '(deleted)',
          one.path,
          one.reason ?? one.destinationPath ?? '—',
        ]),
        (cell, column) => (column === 'FATE' ? (colours[cell] ?? null) : null),
      )
    })
  return withExamples(command, [
    ['events list', 'the last 50'],
    ['events list --state failed,dead', 'what needs a look'],
    ['events list --template "Camera cards" --json', 'for a script'],
    ['events list --since 2026-11-01 --until 2026-11-07 --limit 100000 --json', 'a week, for the archive'],
  ])
}

function earlierWords({
  state,
  reason,
  destinationPath,
  jobId,
  settledAt,
  replayedAt,
  replayedBy,
}: EarlierFate) {
  const where = reason ?? destinationPath
  const job = jobId === null ? '' : `, job ${jobId}`
  return `${state} ${settledAt}${where === null ? '' : ` (${where})`}${job}; replayed ${replayedAt} by ${replayedBy}`
}

function show(): Command {
  const command = new Command('show')
    .description('Show one event: what happened, and what became of it.')
    .argument('<id>', 'its id')
    .option('--json', 'print the event as JSON')
    .action(async (id: string, options: { json?: boolean }) => {
      const one = await new Client().call<LedgerEvent>('GET', `/events/${encodeURIComponent(id)}`)
      if (options.json) return printJson(one)
      printTable(
        ['WHAT', 'VALUE'],
        [
          ['id', one.id],
          ['fate', one.state],
          ...(one.reason ? [['why', one.reason]] : []),
          ['kind', `${one.kind}, told by ${one.source}`],
          ['file', one.path],
          ['size', one.size === null ? '—' : size(one.size)],
          ['goes to', one.destinationPath ?? '—'],
          ['job', one.jobId ?? '—'],
          ['template', one.templateId],
          ['happened', one.occurredAt],
          ['received', one.receivedAt],
          ['settled', one.settledAt ?? '—'],
          ...one.earlier.map((fate) => ['before', earlierWords(fate)]),
          ...Object.entries(one.detail),
        ],
        (cell, column) => (column === 'VALUE' ? (colours[cell] ?? null) : null),
      )
    })
  return withExamples(command, [[`events show ${ID}`, 'its file, its fate and its job']])
}

/** How many events a query leaves beside the first `taken`; null where no book of the server counts them. */
async function countLeft(client: Client, query: URLSearchParams, taken: number): Promise<number | null> {
  if (['q', 'jobId', 'since', 'until'].some((name) => query.has(name))) return null
  const templateId = query.get('templateId')
  const books = await client.call<EventSummary>(
    'GET',
    `/events/summary${templateId ? `?templateId=${templateId}` : ''}`,
  )
  const states = query.get('state')?.split(',')
  const all = eventStates.filter((state) => !states || states.includes(state))
  return Math.max(1, all.reduce((sum, state) => sum + books[state], 0) - taken)
}

function replay(): Command {
  const command = narrowed(
    new Command('replay')
      .description('Have events wait for a job again: some by their ids, or all that the options leave.')
      .argument('[ids...]', 'their ids'),
  )
    .option('--limit <n>', 'at most so many of those that the options leave', positive, 1000)
    .option('--dry-run', 'say what would run, and change nothing')
    .option('--json', 'print the answer as JSON')
    .action(
      async (ids: string[], options: Narrowing & { limit: number; dryRun?: boolean; json?: boolean }) => {
        const client = new Client()
        const { state, template, job, search, since, until, limit, dryRun = false } = options
        const narrow = [state, template, job, search, since, until].some(Boolean)
        if (ids.length > 0 === narrow) {
          command.error('error: give the ids of events, or what narrows them down, such as --state failed')
        }
        let chosen = ids
        let left: number | null = 0
        if (narrow) {
          const query = await queryOf(client, options)
          query.set('limit', '200')
          const found = await client.all<LedgerEvent>(`/events?${query}`, limit + 1)
          chosen = found.slice(0, limit).map((one) => one.id)
          if (found.length > limit) left = await countLeft(client, query, limit)
        }
        const told: ReplayAnswer = { replayed: [], refused: [], jobs: 0 }
        for (let at = 0; at < chosen.length; at += MOST_REPLAYED) {
          const body = { ids: chosen.slice(at, at + MOST_REPLAYED), dryRun }
          const answer = await client.call<ReplayAnswer>('POST', '/events/replay', body)
          told.replayed.push(...answer.replayed)
          told.refused.push(...answer.refused)
          told.jobs += answer.jobs
        }
        if (options.json) printJson(left === 0 ? told : { ...told, left })
        else {
          const would = dryRun
            ? 'would be replayed'
            : told.replayed.length === 1
              ? 'is replayed'
              : 'are replayed'
          // Those of two requests may travel in one job.
          const most = chosen.length > MOST_REPLAYED ? 'at most ' : ''
          const count = countOf(told.replayed.length, 'event')
          console.log(`${count} ${would}, in ${most}${countOf(told.jobs, 'job')}`)
          for (const { id, reason } of told.refused)
            console.log(`${colour('yellow', 'not')} ${id}: ${reason}`)
          if (left !== 0) {
            const more = left === null ? 'More are' : left === 1 ? '1 more is' : `${left} more are`
            console.log(`${colour('yellow', more)} left; a higher --limit takes them too.`)
          }
        }
        if (chosen.length > 0 && told.replayed.length === 0) process.exitCode = exitStatus.failed
      },
    )
  return withExamples(command, [
    [`events replay ${ID}`, 'one'],
    ['events replay --state failed --template "Camera cards" --dry-run', 'what would run'],
  ])
}

function summary(): Command {
  const command = new Command('summary')
    .description('How many events were received, and what became of them.')
    .option('--template <template>', 'only those of this template')
    .option('--within <time>', 'received in the last 1h, 24h, 7d, 30d or 90d')
    .option('--json', 'print the figures as JSON')
    .action(async (options: { template?: string; within?: string; json?: boolean }) => {
      const client = new Client()
      const query = await queryOf(client, { template: options.template })
      if (options.within) query.set('within', options.within)
      const books = await client.call<EventSummary>('GET', `/events/summary?${query}`)
      if (options.json) return printJson(books)
      const { more, ...counts } = books
      printTable(
        ['FATE', 'EVENTS'],
        Object.entries(counts).map(([name, count]) => [name, String(count)]),
        (cell, column) => (column === 'FATE' ? (colours[cell] ?? null) : null),
      )
      if (more) console.error('There may be more: these are the newest.')
    })
  return withExamples(command, [
    ['events summary', 'unaccounted reads 0'],
    ['events summary --within 24h --json', 'for a script'],
  ])
}

export function events(): Command {
  const command = new Command('events').description('The ledger: what happened, and what became of it')
  for (const one of [list(), show(), replay(), summary()]) command.addCommand(one)
  return withExamples(command, [
    ['events summary', 'the books'],
    ['events list --state failed,dead', 'what needs a look'],
  ])
}
