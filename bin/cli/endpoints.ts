import { Command } from 'commander'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { Client } from './client.ts'
import { deleteEndpointCommand } from './endpoint-delete.ts'
import { endpointHealthCommand } from './endpoint-health.ts'
import { kindsCommand } from './endpoint-kinds.ts'
import { testEndpointCommand } from './endpoint-test.ts'
import { createEndpointCommand, updateEndpointCommand } from './endpoint-write.ts'
import { exportConf } from './export-conf.ts'
import { withExamples } from './help.ts'
import { importConf } from './import-conf.ts'
import { printJson, printTable } from './output.ts'

export function endpoints(): Command {
  const list = new Command('list')
    .description('List the endpoints.')
    .option('--json', 'print the endpoints as JSON')
    .action(async (options: { json?: boolean }) => {
      const found = await new Client().all<Endpoint>('/endpoints?limit=200')
      if (options.json) return printJson(found)
      if (found.length === 0) {
        return console.error('There is none yet: npx file-orbit endpoints create archive --path /srv/archive')
      }
      printTable(
        ['NAME', 'TYPE', 'PATH'],
        found.map((one) => [one.name, one.type, one.path]),
      )
    })
  withExamples(list, [
    ['endpoints list', 'names, kinds and places'],
    ['endpoints list --json', 'for a script'],
  ])
  const command = new Command('endpoints')
    .description('The places files live')
    .addCommand(list)
    .addCommand(createEndpointCommand())
    .addCommand(updateEndpointCommand())
    .addCommand(testEndpointCommand())
    .addCommand(endpointHealthCommand())
    .addCommand(deleteEndpointCommand())
    .addCommand(kindsCommand())
    .addCommand(importConf())
    .addCommand(exportConf())
  return withExamples(command, [
    ['endpoints list', 'which there are'],
    ['endpoints test archive', 'whether one works now'],
    ['endpoints kinds', 'what they may be'],
  ])
}
