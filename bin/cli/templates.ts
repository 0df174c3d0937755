import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { messageOf } from '#lib/errors.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { Template } from '#lib/templates/schema.ts'
import { triggerWords } from '#lib/triggers/trigger-words.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { followToTheEnd } from './follow-job.ts'
import { withExamples } from './help.ts'
import { colour, duration, printJson, printTable } from './output.ts'
import { testQueueCommand } from './queue-test.ts'
import { deleteTemplateCommand } from './template-delete.ts'
import { templateNamed } from './template-named.ts'

function list(): Command {
  const command = new Command('list')
    .description('List the templates by name.')
    .option('--search <words>', 'in their names')
    .option('--json', 'print the templates as JSON')
    .action(async (options: { search?: string; json?: boolean }) => {
      const client = new Client()
      const query = new URLSearchParams({ limit: '200', ...(options.search && { q: options.search }) })
      const found = await client.all<Template>(`/templates?${query}`)
      if (options.json) return printJson(found)
      if (found.length === 0) {
        return console.error('There is none: npx file-orbit templates create --file template.json')
      }
      const names = await endpointNames(client)
      printTable(
        ['NAME', 'ON', 'OPERATION', 'FROM', 'TO', 'NEXT', 'STARTED BY'],
        found.map((one) => [
          one.name,
          one.enabled ? 'on' : 'off',
          one.operation,
          sideText(names, one.source),
          sideText(names, one.destinations[0]!),
          nextOf(one),
          one.triggers.map(triggerWords).join('; ') || 'a person',
        ]),
        (cell, column) => (column === 'ON' && cell === 'off' ? 'yellow' : null),
      )
    })
  return withExamples(command, [
    ['templates list', 'what there is, and what starts each'],
    ['templates list --search cards --json', 'for a script'],
  ])
}

function show(): Command {
  const command = new Command('show')
    .description('Show one template.')
    .argument('<template>', 'its name or id')
    .option('--json', 'print the template as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const client = new Client()
      const one = await templateNamed(client, name)
      if (options.json) return printJson(one)
      const names = await endpointNames(client)
      const rows = [
        ['id', one.id],
        ['name', one.name],
        ['on', one.enabled ? 'yes' : 'no'],
        ...(one.description ? [['description', one.description]] : []),
        ['operation', one.operation],
        ['from', sideText(names, one.source)],
        ['files', one.pattern],
        ['to', sideText(names, one.destinations[0]!)],
        ['time zone', one.timeZone],
        ['next', nextOf(one)],
      ]
      for (const trigger of one.triggers) {
        rows.push([trigger.type, triggerWords(trigger)])
        const listing = trigger.type === 's3' ? trigger.listing : null
        for (const told of [trigger.health, listing]) {
          if (told) rows.push(['', `${told.state}: ${told.message}`])
        }
      }
      printTable(['WHAT', 'VALUE'], rows)
    })
  return withExamples(command, [
    ['templates show "Camera cards"', 'what it does and what starts it'],
    ['templates show "Camera cards" --json > template.json', 'to change, or to make another'],
  ])
}

function run(): Command {
  const command = new Command('run')
    .description('Run a template now, on or off.')
    .argument('<template>', 'its name or id')
    .option('--at <time>', 'as if it were then: dates in its paths, such as 2026-11-20T02:30:00Z')
    .option('--follow', 'watch the job until it ends')
    .option('--json', 'print the job as JSON')
    .action(async (name: string, options: { at?: string; follow?: boolean; json?: boolean }) => {
      const client = new Client()
      const { id } = await templateNamed(client, name)
      const at = options.at === undefined ? undefined : timeOf(options.at)
      const job = await client.call<Job>('POST', `/templates/${id}/run`, at === undefined ? {} : { at })
      if (options.follow) {
        return followToTheEnd(client, job.id, options.json ? { json: 'document' } : {})
      }
      if (options.json) return printJson(job)
      console.log(`job ${job.id} is queued; watch it: npx file-orbit jobs follow ${job.id}`)
    })
  return withExamples(command, [
    ['templates run "Camera cards" --follow', 'and watch it'],
    ['templates run nightly --at 2026-11-20T02:30:00Z', 'as it would have been then'],
  ])
}

function timeOf(text: string): string {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) {
    throw new CliError(
      exitStatus.usage,
      `"${text}" is no time. Write 2026-11-20T02:30:00Z, or without Z by this machine’s clock.`,
    )
  }
  return at.toISOString()
}

function switched(word: 'enable' | 'disable'): Command {
  const enabled = word === 'enable'
  const command = new Command(word)
    .description(enabled ? 'Switch a template on.' : 'Switch a template off: nothing starts it but a person.')
    .argument('<template>', 'its name or id')
    .option('--json', 'print the template as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const client = new Client()
      const { id } = await templateNamed(client, name)
      const changed = await client.call<Template>('PATCH', `/templates/${id}`, { enabled })
      if (options.json) return printJson(changed)
      console.log(`${changed.name} is ${enabled ? colour('green', 'on') : colour('yellow', 'off')}`)
    })
  return withExamples(command, [
    [`templates ${word} "Camera cards"`, enabled ? 'its triggers count' : 'its triggers rest'],
  ])
}

function create(): Command {
  const command = new Command('create')
    .description('Make a template from a file of JSON, as the form of the page shows it.')
    .requiredOption('--file <path>', 'the file; - is standard input')
    .option('--json', 'print the template as JSON')
    .action(async (options: { file: string; json?: boolean }) => {
      const input = readTemplate(options.file)
      const made = await new Client().call<Template>('POST', '/templates', input)
      if (options.json) return printJson(made)
      console.log(`Made ${made.name} (${made.id}), which is ${made.enabled ? 'on' : 'off'}`)
    })
  return withExamples(command, [
    ['templates create --file template.json', 'from a file'],
    [
      'templates show nightly --json | jq \'.name = "other"\' | npx file-orbit templates create --file -',
      'a copy',
    ],
  ])
}

function update(): Command {
  const command = new Command('update')
    .description('Change what a file of JSON says; what it leaves out stays.')
    .argument('<template>', 'its name or id')
    .requiredOption('--file <path>', 'the file; - is standard input')
    .option('--json', 'print the template as JSON')
    .action(async (name: string, options: { file: string; json?: boolean }) => {
      const client = new Client()
      const { id } = await templateNamed(client, name)
      const input = readTemplate(options.file, { keepIds: true })
      const changed = await client.call<Template>('PATCH', `/templates/${id}`, input)
      if (options.json) return printJson(changed)
      console.log(`Changed ${changed.name}`)
    })
  return withExamples(command, [
    ['templates update nightly --file template.json', 'triggers with their id stay'],
  ])
}

/** What the server says of a template beside what it takes. */
const OF_THE_SERVER = ['id', 'createdAt', 'updatedAt', 'nextDueAt', 'health', 'listing']

/** A file of JSON as the server takes it: one that `show --json` wrote works as it is. */
function readTemplate(path: string, { keepIds = false } = {}): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    const why = messageOf(error)
    throw new CliError(exitStatus.usage, `The file cannot be read: ${why}`)
  }
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path} is not JSON: ${(error as Error).message}`)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new CliError(exitStatus.usage, `${path} holds no template: one JSON object is expected.`)
  }
  const without = (value: object, names: readonly string[]) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
  const template: Record<string, unknown> = without(given, OF_THE_SERVER)
  const ofTrigger = keepIds ? OF_THE_SERVER.filter((name) => name !== 'id') : OF_THE_SERVER
  if (Array.isArray(template.triggers)) {
    template.triggers = template.triggers.map((one: unknown) =>
      typeof one === 'object' && one !== null ? without(one, ofTrigger) : one,
    )
  }
  return template
}

export function templates(): Command {
  const command = new Command('templates').description('Saved transfers, and what starts them')
  const switches = [switched('enable'), switched('disable')]
  const others = [create(), update(), deleteTemplateCommand(), testQueueCommand()]
  for (const one of [list(), show(), run(), ...switches, ...others]) command.addCommand(one)
  return withExamples(command, [
    ['templates list', 'which there are'],
    ['templates run "Camera cards" --follow', 'run one now'],
  ])
}

function nextOf({ triggers }: Template): string {
  const next = triggers
    .flatMap(({ nextDueAt }) => nextDueAt ?? [])
    .sort()
    .at(0)
  return next ? `in ${duration(Math.max(0, (Date.parse(next) - Date.now()) / 1000))}` : '—'
}

async function endpointNames(client: Client): Promise<Map<string, string>> {
  const known = await client.all<Endpoint>('/endpoints?limit=200')
  return new Map(known.map((one) => [one.id, one.name]))
}

function sideText(names: Map<string, string>, side: { endpointId: string; path: string }): string {
  return `${names.get(side.endpointId) ?? '(deleted)'}:${side.path}`
}
