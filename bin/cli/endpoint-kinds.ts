import { Command } from 'commander'
import { labelOf, splitHelp } from '#lib/backends/help.ts'
import type { Backend, BackendOption } from '#lib/backends/schema.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { shownOptions } from '#lib/endpoints/shown-options.ts'
import { Client } from './client.ts'
import { withExamples } from './help.ts'
import { printJson, printTable } from './output.ts'

export function kindsCommand(): Command {
  const command = new Command('kinds')
    .description('What an endpoint may be, or the settings of one kind.')
    .argument('[type]', 'a kind, such as sftp')
    .option('--all', 'also the settings that are seldom needed')
    .option('--provider <provider>', 'settings for this provider, such as AWS')
    .option('--json', 'print rclone’s own description as JSON')
    .action(async (type: string | undefined, options: KindOptions) => {
      const client = new Client()
      if (type === undefined) {
        const all = await client.all<Backend>('/backends')
        if (options.json) return printJson(all.map(({ options: _, ...backend }) => backend))
        return printTable(
          ['TYPE', 'WHAT IT IS'],
          all.map((one) => [one.type, kindOf(one.type, one.description).label]),
        )
      }
      const backend = await client.call<Backend>('GET', `/backends/${encodeURIComponent(type)}`)
      if (options.json) return printJson(backend)
      const { main, more } = shownOptions(backend, options.provider ?? kindOf(type).defaults?.provider)
      const shown = options.all ? [...main, ...more] : main
      printTable(
        ['SETTING', 'TYPE', 'DEFAULT', 'WHAT IT IS'],
        shown.map((option) => rowOf(type, option)),
      )
      if (!options.all && more.length > 0) {
        console.error(`${more.length} more with --all`)
      }
    })
  return withExamples(command, [
    ['endpoints kinds', 'every storage that rclone knows'],
    ['endpoints kinds sftp', 'what an SFTP endpoint takes'],
    ['endpoints kinds s3 --provider AWS --all', 'every setting of Amazon’s'],
  ])
}

type KindOptions = { all?: boolean; provider?: string; json?: boolean }

function rowOf(type: string, option: BackendOption): string[] {
  const words = kindOf(type).words?.[option.name]
  const said = words?.label
    ? [words.label, words.help].filter(Boolean).join('. ')
    : splitHelp(option.help).first || labelOf(option.name)
  const kind = option.secret ? 'secret' : option.type
  return [option.name, option.required ? `${kind}, needed` : kind, option.default, said]
}
