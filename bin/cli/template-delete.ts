import { Command } from 'commander'
import { askYes, canAsk } from './ask.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { countOf, printJson, visible } from './output.ts'
import { templateNamed } from './template-named.ts'

export function deleteTemplateCommand(): Command {
  const command = new Command('delete')
    .description('Delete a template with what starts it. Its jobs stay, and no file is touched.')
    .argument('<template>', 'its name or id')
    .option('--yes', 'do not ask')
    .option('--json', 'print the template as it was as JSON')
    .action(async (given: string, options: { yes?: boolean; json?: boolean }) => {
      const client = new Client()
      const template = await templateNamed(client, given)
      const { id, name, triggers } = template
      if (!options.yes) {
        if (!canAsk()) {
          throw new CliError(exitStatus.usage, 'There is nobody to ask. --yes deletes without a question.')
        }
        const much = triggers.length > 0 ? ` and ${countOf(triggers.length, 'trigger')} of it` : ''
        if (!(await askYes(`Delete the template ${visible(name)}${much}?`))) {
          throw new CliError(exitStatus.cancelled, 'Nothing was deleted.')
        }
      }
      await client.call('DELETE', `/templates/${id}`)
      if (options.json) printJson(template)
      else console.log(`Deleted ${visible(name)}`)
    })
  return withExamples(command, [
    ['templates delete "Camera cards"', 'asks first'],
    ['templates delete "Camera cards" --yes', 'without a question'],
  ])
}
