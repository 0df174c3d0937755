import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { nearNames } from './near.ts'
import { colour, printJson, printTable } from './output.ts'

/** The endpoint of this name; throws CliError that names those there are. */
export async function endpointNamed(client: Client, name: string): Promise<Endpoint> {
  const known = await client.all<Endpoint>('/endpoints?limit=200')
  const found = known.find((one) => one.name.toLowerCase() === name.toLowerCase() || one.id === name)
  if (found) return found
  const names = known.map((one) => one.name)
  const near = nearNames(name, names)
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?`
      : names.length > 0
        ? `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ' and more' : ''}.`
        : 'There is none yet: npx file-orbit endpoints create --name archive --path /srv/archive'
  throw new CliError(exitStatus.usage, `There is no endpoint "${name}". ${hint}`, { near })
}

export function endpoints(): Command {
  const list = new Command('list')
    .description('List the endpoints.')
    .option('--json', 'print the endpoints as JSON')
    .action(async (options: { json?: boolean }) => {
      const found = await new Client().all<Endpoint>('/endpoints?limit=200')
      if (options.json) return printJson(found)
      if (found.length === 0) {
        return console.error(
          'There is none yet: npx file-orbit endpoints create --name archive --path /srv/archive',
        )
      }
      printTable(
        ['NAME', 'TYPE', 'PATH'],
        found.map((one) => [one.name, one.type, one.path]),
      )
    })
  const create = new Command('create')
    .description('Add an endpoint: a folder of the machine that the server runs on.')
    .requiredOption('--name <name>', 'how commands call it')
    .requiredOption('--path <folder>', 'the folder, inside the allowed ones')
    .option('--type <type>', 'its kind', 'local')
    .option('--bandwidth <rate>', 'limit of each job that uses it, such as 50M')
    .option('--json', 'print the endpoint as JSON')
    .action(
      async (options: { name: string; path: string; type: string; bandwidth?: string; json?: boolean }) => {
        const made = await new Client().call<Endpoint>('POST', '/endpoints', {
          name: options.name,
          type: options.type,
          path: options.type === 'local' ? resolve(options.path) : options.path,
          ...(options.bandwidth && { limits: { bandwidth: options.bandwidth } }),
        })
        if (options.json) printJson(made)
        else console.log(`Added ${made.name} (${made.path})`)
      },
    )
  const test = new Command('test')
    .description('Ask whether an endpoint works now.')
    .argument('<name>', 'its name or id')
    .option('--json', 'print the stages as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const client = new Client()
      const { id } = await endpointNamed(client, name)
      const result = await client.call<TestResult>('POST', `/endpoints/${id}/test`)
      if (options.json) printJson(result)
      else {
        for (const stage of result.stages) {
          const mark = stage.ok ? colour('green', 'ok    ') : colour('red', 'failed')
          console.log(`${mark}  ${stage.stage.padEnd(8)}  ${stage.message} (${Math.round(stage.ms)} ms)`)
        }
      }
      if (!result.ok) process.exitCode = exitStatus.failed
    })
  withExamples(list, [
    ['endpoints list', 'names, kinds and places'],
    ['endpoints list --json', 'for a script'],
  ])
  withExamples(create, [
    ['endpoints create --name archive --path /srv/archive', 'a folder of the server'],
    ['endpoints create --name slow --path ./inbox --bandwidth 20M', 'no job of it faster than 20 MiB/s'],
  ])
  withExamples(test, [['endpoints test archive', 'reachable, readable, and how fast']])
  const command = new Command('endpoints')
    .description('The places files live')
    .addCommand(list)
    .addCommand(create)
    .addCommand(test)
  return withExamples(command, [
    ['endpoints list', 'which there are'],
    ['endpoints test archive', 'whether one works now'],
  ])
}
