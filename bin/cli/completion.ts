import { Argument, Command } from 'commander'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { activeStates, jobStates, terminalStates } from '#lib/jobs/states.ts'
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
  const { command, given, waiting } = read(program, words.slice(0, -1))
  const found = waiting ? await valuesOf(waiting.name, waiting.choices) : await next(command, given, current)
  return found.filter(({ value }) => value === FILES.value || value.startsWith(current))
}

type Waiting = { name: string; choices: readonly string[] | undefined }

/** Walks the words as the parser does: which command they lead to, and whether an option waits for its value. */
function read(
  program: Command,
  words: string[],
): { command: Command; given: number; waiting: Waiting | null } {
  let command = program
  let given = 0
  let waiting: Waiting | null = null
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word)
    if (waiting) waiting = null
    else if (word.startsWith('-')) {
      const option = command.options.find((one) => one.long === word || one.short === word)
      if (option?.required) waiting = { name: option.attributeName(), choices: option.argChoices }
    } else if (below) command = below
    else given += 1
  }
  return { command, given, waiting }
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
  return valuesOf(command.parent?.name() === 'jobs' ? verbId(command) : argument.name(), argument.argChoices)
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
    case 'path':
      return [FILES]
    case 'state':
      return jobStates.map((value) => ({ value, about: '' }))
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

async function jobIds(states: readonly string[]): Promise<Candidate[]> {
  const found = await ask<Job>(`/jobs?limit=20${states.length > 0 ? `&state=${states.join(',')}` : ''}`)
  return found.map((job) => ({ value: job.id, about: `${job.state} ${job.operation} ${job.source.path}` }))
}

/** A shell that completes shows no errors: without a key or a server there is nothing to offer. */
async function ask<T>(path: string): Promise<T[]> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    return (await new Client().call<{ items: T[] }>('GET', path, undefined, { signal })).items
  } catch {
    return []
  }
}
