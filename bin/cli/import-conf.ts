import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import type { TestResult } from '#lib/endpoints/schema.ts'
import type { ImportAnswer, ImportInput, ImportItem } from '#lib/rclone-conf/schema.ts'
import { askHidden } from './ask-hidden.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { colour, printJson, printTable, visible } from './output.ts'

type Options = {
  dryRun?: boolean
  only?: string[]
  skip?: string[]
  rename?: string[]
  replace?: string[]
  path?: string[]
  acceptHostKeys?: boolean
  onAgent?: boolean
  test: boolean
  json?: boolean
}

/** `endpoints import`: reads the file here, says what becomes of each remote, makes them and tests each. */
export function importConf(): Command {
  const command = new Command('import')
    .description('Make endpoints of the remotes in an rclone.conf, all or none.')
    .argument('<file>', 'the rclone.conf; - reads standard input')
    .option('--dry-run', 'only say what would become of each')
    .option('--only <remotes...>', 'take these alone')
    .option('--skip <remotes...>', 'take all but these')
    .option('--rename <remote=name...>', 'call it otherwise')
    .option('--replace <remotes...>', 'give their settings to the endpoints of the same name')
    .option('--path <remote=path...>', 'the root inside its storage; needed for a remote of type local')
    .option('--accept-host-keys', 'accept what SFTP servers show now; the dry run prints the fingerprints')
    .option('--on-agent', 'the file lies on the machine of the server, where its settings allow it')
    .option('--no-test', 'do not test each afterwards')
    .option('--json', 'print {remotes, endpoints, tests} as JSON')
    .action(run)
  return withExamples(command, [
    ['endpoints import ~/.config/rclone/rclone.conf --dry-run', 'what would become of each remote'],
    [
      'endpoints import rclone.conf --skip old --rename nas="nas 2"',
      'two names clash, one remote is not wanted',
    ],
    [
      'endpoints import rclone.conf --path disk=/srv/media',
      'a remote of type local has no folder of its own',
    ],
  ])
}

async function run(file: string, options: Options): Promise<void> {
  const client = new Client()
  const input = await readInput(file, options)
  const preview = (body: ImportInput) =>
    client.call<ImportAnswer>('POST', '/endpoints/import', { ...body, dryRun: true })
  let { remotes } = await preview(input)
  if (options.acceptHostKeys && acceptHostKeys(input, remotes)) ({ remotes } = await preview(input))
  const open = remotes.filter(({ action, problems }) => action !== 'skip' && problems.length > 0)
  if (options.dryRun || open.length > 0) {
    if (options.json) printJson({ remotes, endpoints: [], tests: {} })
    else tell(remotes)
    if (open.length === 0) return
    throw new CliError(
      exitStatus.failed,
      `${open.length === 1 ? 'Something stands' : `${open.length} things stand`} in the way; nothing was changed.`,
      { remotes: open.map(({ remote }) => remote) },
    )
  }
  const done = await client.call<ImportAnswer>('POST', '/endpoints/import', input)
  if (!options.json) tell(done.remotes)
  const tests: Record<string, TestResult> = {}
  for (const { id, name } of options.test ? done.endpoints : []) {
    const result = await client.call<TestResult>('POST', `/endpoints/${id}/test`)
    tests[name] = result
    if (!options.json) tellTest(name, result)
  }
  if (options.json) printJson({ ...done, tests })
  if (Object.values(tests).some(({ ok }) => !ok)) process.exitCode = exitStatus.failed
}

async function readInput(file: string, options: Options): Promise<ImportInput> {
  const input: ImportInput = { choices: choicesOf(options), ...(options.only && { only: options.only }) }
  if (options.onAgent) return { ...input, agentFile: file, ...passwordOfEnvironment() }
  const content = file === '-' ? await text(process.stdin) : await read(file)
  if (!/^RCLONE_ENCRYPT_V\d+:/m.test(content)) return { ...input, text: content }
  const password =
    process.env.RCLONE_CONFIG_PASS ||
    (await askHidden(
      'Password of the configuration: ',
      'This configuration is encrypted. Set RCLONE_CONFIG_PASS, or run this on a terminal.',
    ))
  return { ...input, text: content, password }
}

function passwordOfEnvironment(): Pick<ImportInput, 'password'> {
  const password = process.env.RCLONE_CONFIG_PASS
  return password ? { password } : {}
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError(exitStatus.usage, `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

type Choices = NonNullable<ImportInput['choices']>

function choicesOf({ skip = [], rename = [], replace = [], path = [] }: Options): Choices {
  const choices: Choices = {}
  const change = (remote: string, more: Choices[string]) => {
    choices[remote] = { ...choices[remote], ...more }
  }
  for (const remote of skip) change(remote, { action: 'skip' })
  for (const remote of replace) change(remote, { action: 'replace' })
  for (const [remote, name] of rename.map(pair)) change(remote, { name })
  for (const [remote, folder] of path.map(pair)) change(remote, { path: folder })
  return choices
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new CliError(exitStatus.usage, `"${text}" has no "=": remote=value is expected.`)
}

/** Takes the shown keys into the choices; false when there was none. */
function acceptHostKeys(input: ImportInput, items: ImportItem[]): boolean {
  const choices = input.choices ?? {}
  let any = false
  for (const { remote, problems } of items) {
    const key = problems.find(({ path, value }) => path === 'settings.host_keys' && value)?.value
    if (!key) continue
    any = true
    choices[remote] = { ...choices[remote], settings: { ...choices[remote]?.settings, host_keys: key } }
  }
  return any
}

function tell(items: ImportItem[]): void {
  printTable(
    ['REMOTE', 'ENDPOINT', 'TYPE', 'PATH', 'LIES OVER', 'WHAT'],
    items.map((item) => [
      ...[item.remote, item.name, item.type, item.path, item.liesOver.join(', ')],
      item.problems.length > 0 ? 'cannot be taken' : item.action,
    ]),
    (cell, column) => (column === 'WHAT' && cell === 'cannot be taken' ? 'red' : null),
  )
  for (const { remote, leftOut, problems } of items) {
    for (const { option, why } of leftOut) console.error(visible(`${remote}: without ${option}. ${why}`))
    for (const { message } of problems) console.error(colour('red', visible(`${remote}: ${message}`)))
  }
}

function tellTest(name: string, { ok, stages }: TestResult): void {
  const last = stages.at(-1)
  const mark = ok ? colour('green', 'works ') : colour('red', 'failed')
  console.log(`${mark}  ${visible(name)}  ${visible(last?.message ?? '')}`)
}
