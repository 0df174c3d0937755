import { Command, Option } from 'commander'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import { systemActor } from '#lib/context.ts'
import { findDatabaseUrl } from '#lib/data-dir.ts'
import { connect } from '#lib/db/client.ts'
import { readEnv } from '#lib/env.ts'
import { printJson } from './output.ts'

/** Keys are made on the machine itself, straight in the database: whoever can read its files is its owner. */
export function apiKeys(): Command {
  const create = new Command('create')
    .description('Make an API key; it is shown this once.')
    .requiredOption('--name <name>', 'what the key is for')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['owner', 'operator', 'viewer'])
        .makeOptionMandatory(),
    )
    .option('--json', 'print {id, name, role, key}')
    .action(async (options: { name: string; role: string; json?: boolean }) => {
      const database = connect(await findDatabaseUrl(readEnv()), { max: 1, name: 'cli' })
      try {
        const ctx = { actor: systemActor('command line'), db: database.db }
        const made = await createApiKey({ ctx, input: { name: options.name, role: options.role } })
        if (options.json) return printJson(made)
        console.log(made.key)
        console.error('Keep it: it is not shown again. Commands read it from FILE_ORBIT_API_KEY.')
      } finally {
        await database.close()
      }
    })
  return new Command('api-keys').description('API keys, on the machine itself').addCommand(create)
}
