import { Command } from 'commander'
import type { Schedule } from '#lib/schedules/schedule-views.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { ago, type colour, duration, printJson, printTable } from './output.ts'
import { templateNamed } from './template-named.ts'

const colours: Record<string, Parameters<typeof colour>[0]> = {
  fired: 'green',
  skipped: 'dim',
  failed: 'red',
  missed: 'yellow',
  off: 'yellow',
}

const paint = (cell: string) => colours[cell] ?? null

/** Those of one template, or of all. */
async function readSchedules(client: Client, template: string | undefined): Promise<Schedule[]> {
  const query = new URLSearchParams({ limit: '200' })
  if (template) query.set('templateId', (await templateNamed(client, template)).id)
  return client.all<Schedule>(`/schedules?${query}`)
}

function list(): Command {
  const command = new Command('list')
    .description('List the schedules: when each fires, when next, and what came of the last time.')
    .option('--template <template>', 'only those of this template')
    .option('--json', 'print the schedules as JSON')
    .action(async (options: { template?: string; json?: boolean }) => {
      const found = await readSchedules(new Client(), options.template)
      if (options.json) return printJson(found)
      if (found.length === 0) return console.error('There is no schedule: they belong to templates.')
      printTable(
        ['TEMPLATE', 'ON', 'FIRES', 'NEXT', 'LAST', 'FATE', 'WHY'],
        found.map(({ template, sentence, next: [next], last }) => [
          template.name,
          template.enabled ? 'on' : 'off',
          sentence,
          next ? `in ${duration((Date.parse(next) - Date.now()) / 1000)}` : '—',
          last ? ago(last.dueAt) : '—',
          last?.state ?? '—',
          last?.reason ?? '—',
        ]),
        (cell, column) => (column === 'FATE' || column === 'ON' ? paint(cell) : null),
      )
    })
  return withExamples(command, [
    ['schedules list', 'what fires when, and what came of it'],
    ['schedules list --template nightly --json', 'for a script'],
  ])
}

function show(): Command {
  const command = new Command('show')
    .description('Show the schedules of a template, with the next ten firings of each.')
    .argument('<template>', 'its name or id')
    .option('--json', 'print its schedules as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const found = await readSchedules(new Client(), name)
      if (options.json) return printJson(found)
      if (found.length === 0) throw new CliError(exitStatus.usage, `${name} has no schedule.`)
      for (const [at, schedule] of found.entries()) {
        if (at > 0) console.log()
        printTable(['WHAT', 'VALUE'], rowsOf(schedule), paint)
      }
    })
  return withExamples(command, [['schedules show nightly', 'when it fires, and what came of the last time']])
}

function rowsOf({ id, template, sentence, settings, next, last, health }: Schedule): string[][] {
  const { missed, overlap, jitterSeconds, blackout, pausedUntil, pingUrl } = settings
  return [
    ['id', id],
    ['template', template.name],
    ['on', template.enabled ? 'on' : 'off'],
    ['fires', sentence],
    ['missed firings', missed],
    ['overlap', overlap],
    ...(jitterSeconds > 0 ? [['spread over', duration(jitterSeconds)]] : []),
    ...blackout.map(({ from, to, days }) => [
      'quiet',
      `${from} to ${to}${days ? `, days ${days.join(',')}` : ''}`,
    ]),
    ...(pausedUntil ? [['paused until', pausedUntil]] : []),
    ...(pingUrl ? [['ping', pingUrl]] : []),
    ...(health ? [['health', `${health.state}: ${health.message}`]] : []),
    ...(last
      ? [
          ['last due', last.dueAt],
          ['fate', last.state],
          ...(last.reason ? [['why', last.reason]] : []),
          ['job', last.jobId ? `${last.jobId}, ${last.jobState ?? 'removed'}` : '—'],
          ...(last.ping ? [['pinged', last.ping.error ?? String(last.ping.status ?? 'under way')]] : []),
        ]
      : [['last due', 'never']]),
    ...next.map((at, n) => [n === 0 ? 'next' : '', at]),
  ]
}

export function schedules(): Command {
  const command = new Command('schedules').description(
    'When templates start by themselves, and what came of it',
  )
  for (const one of [list(), show()]) command.addCommand(one)
  return withExamples(command, [
    ['schedules list', 'what fires when, and what came of it'],
    ['schedules show nightly', 'the next ten firings'],
  ])
}
