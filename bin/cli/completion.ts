import { Argument, Command } from 'commander'
import type { ApiKey } from '#lib/api-keys/schema.ts'
import { splitHelp } from '#lib/backends/help.ts'
import type { Backend } from '#lib/backends/schema.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { LedgerEvent } from '#lib/events/schema.ts'
import { eventStates } from '#lib/events/states.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { activeStates, jobStates, terminalStates } from '#lib/jobs/states.ts'
import type { Template } from '#lib/templates/schema.ts'
import type { User } from '#lib/users/people-schema.ts'
import { Client } from './client.ts'
import { completionScripts } from './completion-scripts.ts'
import { withExamples } from './help.ts'
import { visible } from './output.ts'

/** One thing that the word may become; the shell's own files are asked for by `:files`. */
type Candidate = { value: string; about: string }
const FILES: Candidate = { value: ':files', about: '' }

/** A key was pressed: an answer that takes longer than this is none. */
const ANSWER_WITHIN_MS = 1500

/** `completion bash|zsh|fish`: a script that asks this program at each Tab. */
export function completion(): Command {
  const command = new Command('completion')
    .description('Print a script that completes commands, options and endpoints.')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(Object.keys(completionScripts)))
    .action((shell: keyof typeof completionScripts) => {
      process.stdout.write(completionScripts[shell])
    })
  const install: [string, string][] = [
    ['completion bash > ~/.local/share/bash-completion/completions/file-orbit', 'bash'],
    ['completion zsh > ~/.zfunc/_file-orbit', 'zsh'],
    ['completion fish > ~/.config/fish/completions/file-orbit.fish', 'fish'],
  ]
  return withExamples(command, install)
}

/** What the scripts call: the words after the program's name, the last one being completed. */
export function completeCommand(program: Command): Command {
  return new Command('__complete')
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) => {
      for (const { value, about } of await candidates(program, words)) {
        process.stdout.write(about ? `${value}\t${visible(about)}\n` : `${value}\n`)
      }
    })
}

async function candidates(program: Command, words: string[]): Promise<Candidate[]> {
  const current = words.at(-1) ?? ''
  const { command, given, waiting, first, type } = read(program, words.slice(0, -1))
  if (waiting && SETTINGS.has(waiting.name)) return settingNames(waiting.name, current, type, first)
  const found = waiting
    ? await valuesOf(meaningOf(command, waiting.name), waiting.choices)
    : await next(command, given, current)
  return found.filter(({ value }) => value === FILES.value || value.startsWith(current))
}

type Waiting = { name: string; choices: readonly string[] | undefined }

/** Options that name a setting of rclone. */
const SETTINGS = new Set(['set', 'setFile', 'secret', 'unset'])

/** The settings of the kind that is being made, or of the endpoint that is changed. */
async function settingNames(
  option: string,
  current: string,
  type: string | undefined,
  name: string | undefined,
): Promise<Candidate[]> {
  const known = type ? [] : await ask<Endpoint>('/endpoints?limit=200')
  const kind = type ?? known.find((one) => one.name === name)?.type
  if (kind === undefined) return []
  const [backend] = await askOne<Backend>(`/backends/${encodeURIComponent(kind)}`)
  const end = option === 'set' || option === 'setFile' ? '=' : ''
  return (backend?.options ?? [])
    .filter((one) => !one.refused && (option !== 'secret' || one.secret) && (option !== 'set' || !one.secret))
    .map((one) => ({ value: `${one.name}${end}`, about: splitHelp(one.help).first }))
    .filter(({ value }) => value.startsWith(current))
}

/** Walks the words as the parser does: which command they lead to, and whether an option waits for its value. */
function read(
  program: Command,
  words: string[],
): { command: Command; given: number; waiting: Waiting | null; first?: string; type?: string } {
  let command = program
  let given = 0
  let waiting: Waiting | null = null
  let first: string | undefined
  let type: string | undefined
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word)
    if (waiting) {
      if (waiting.name === 'type') type = word
      waiting = null
    } else if (word.startsWith('-')) {
      const option = command.options.find((one) => one.long === word || one.short === word)
      if (option?.required) waiting = { name: option.attributeName(), choices: option.argChoices }
    } else if (below) command = below
    else {
      first ??= word
      given += 1
    }
  }
  return { command, given, waiting, first, type }
}

async function next(command: Command, given: number, current: string): Promise<Candidate[]> {
  if (current.startsWith('-')) {
    const options = command.options.map(({ long, description }) => ({
      value: long ?? '',
      about: description,
    }))
    return [...options, { value: '--help', about: 'show help' }]
  }
  const below = command.commands.filter((one) => !one.name().startsWith('__'))
  if (below.length > 0) return below.map((one) => ({ value: one.name(), about: one.description() }))
  const argument = command.registeredArguments[given]
  if (!argument) return []
  return valuesOf(meaningOf(command, argument.name()), argument.argChoices)
}

/** One word means another thing with each noun. */
function meaningOf(command: Command, name: string): string {
  const noun = command.parent?.name()
  if (noun === 'jobs' && name === 'id') return verbId(command)
  if (noun === 'events' && ['id', 'ids'].includes(name)) return 'event'
  if (noun === 'templates' && name === 'file') return 'path'
  return noun === 'events' && name === 'state' ? 'fate' : name
}

/** A job that can be cancelled is another one than a job that can be tried again. */
function verbId(command: Command): string {
  const name = command.name()
  if (name === 'retry') return 'endedJob'
  return ['cancel', 'pause', 'follow'].includes(name) ? 'activeJob' : 'job'
}

async function valuesOf(what: string, choices: readonly string[] | undefined): Promise<Candidate[]> {
  if (choices) return choices.map((value) => ({ value, about: '' }))
  switch (what) {
    case 'source':
    case 'destination':
      return [...(await endpointNames(':')), FILES]
    case 'name':
    case 'endpoint':
      return endpointNames('')
    case 'type':
      return (await ask<Backend>('/backends')).map((one) => ({ value: one.type, about: one.description }))
    case 'template':
      return templateNames()
    case 'path':
      return [FILES]
    case 'file':
    case 'folder':
      return endpointNames(':')
    case 'to':
      return [...(await endpointNames(':')), FILES]
    case 'state':
      return jobStates.map((value) => ({ value, about: '' }))
    case 'person':
      return (await ask<User>('/users?limit=200')).map(({ email, role }) => ({ value: email, about: role }))
    case 'key':
      return (await ask<ApiKey>('/api-keys?limit=200')).map(({ prefix, name }) => ({
        value: prefix,
        about: name,
      }))
    case 'fate':
      return eventStates.map((value) => ({ value, about: '' }))
    case 'event':
      return eventIds()
    case 'job':
      return jobIds([])
    case 'activeJob':
      return jobIds(activeStates)
    case 'endedJob':
      return jobIds(terminalStates.filter((state) => state !== 'completed'))
    default:
      return []
  }
}

async function endpointNames(end: string): Promise<Candidate[]> {
  const known = await ask<Endpoint>('/endpoints?limit=200')
  return known.map((one) => ({ value: `${one.name}${end}`, about: one.path }))
}

async function templateNames(): Promise<Candidate[]> {
  const known = await ask<Template>('/templates?limit=200')
  return known.map((one) => ({
    value: one.name,
    about: one.enabled ? one.operation : `${one.operation}, off`,
  }))
}

async function eventIds(): Promise<Candidate[]> {
  const found = await ask<LedgerEvent>('/events?limit=20')
  return found.map(({ id, state, path }) => ({ value: id, about: `${state} ${path}` }))
}

async function jobIds(states: readonly string[]): Promise<Candidate[]> {
  const found = await ask<Job>(`/jobs?limit=20${states.length > 0 ? `&state=${states.join(',')}` : ''}`)
  return found.map((job) => ({ value: job.id, about: `${job.state} ${job.operation} ${job.source.path}` }))
}

async function ask<T>(path: string): Promise<T[]> {
  const [page] = await askOne<{ items: T[] }>(path)
  return page?.items ?? []
}

/** A shell that completes shows no errors: without a key or a server there is nothing to offer. */
async function askOne<T>(path: string): Promise<[T] | []> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    return [await new Client().call<T>('GET', path, undefined, { signal })]
  } catch {
    return []
  }
}
