import { Command } from 'commander'
import { askYes, canAsk } from './ask.ts'
import { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { printJson, visible } from './output.ts'

export function deleteEndpointCommand(): Command {
  const command = new Command('delete')
    .description('Delete an endpoint that nothing uses. Its jobs stay, and no file is touched.')
    .argument('<name>', 'its name or id')
    .option('--yes', 'do not ask')
    .option('--json', 'print the endpoint as it was as JSON')
    .action(async (given: string, options: { yes?: boolean; json?: boolean }) => {
      const client = new Client()
      const endpoint = await endpointNamed(client, given)
      const { id, name } = endpoint
      if (!options.yes) {
        if (!canAsk()) {
          throw new CliError(exitStatus.usage, 'There is nobody to ask. --yes deletes without a question.')
        }
        if (!(await askYes(`Delete the endpoint ${visible(name)}, and forget its secrets?`))) {
          throw new CliError(exitStatus.cancelled, 'Nothing was deleted.')
        }
      }
      await client.call('DELETE', `/endpoints/${id}`)
      if (options.json) printJson(endpoint)
      else console.log(`Deleted ${visible(name)}`)
    })
  return withExamples(command, [
    ['endpoints delete archive', 'asks first'],
    ['endpoints delete archive --yes', 'without a question'],
  ])
}
