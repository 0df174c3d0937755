import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { colour, printJson, printTable } from './output.ts'

/** The endpoint of this name; throws CliError that names those there are. */
export async function endpointNamed(client: Client, name: string): Promise<Endpoint> {
  const known = await client.all<Endpoint>('/endpoints?limit=200')
  const found = known.find((one) => one.name.toLowerCase() === name.toLowerCase() || one.id === name)
  if (found) return found
  const names = known
    .map((one) => one.name)
    .slice(0, 20)
    .join(', ')
  throw new CliError(
    exitStatus.usage,
    `There is no endpoint "${name}". ${names ? `There are: ${names}.` : 'There is none yet.'}`,
  )
}

export function endpoints(): Command {
  const list = new Command('list')
    .description('List the endpoints.')
    .option('--json', 'print the endpoints as JSON')
    .action(async (options: { json?: boolean }) => {
      const found = await new Client().all<Endpoint>('/endpoints?limit=200')
      if (options.json) return printJson(found)
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
  return new Command('endpoints')
    .description('The places files live')
    .addCommand(list)
    .addCommand(create)
    .addCommand(test)
}
