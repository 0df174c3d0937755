import { Command, Option } from 'commander'
import { withExamples } from './help.ts'
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
      // Only here: the database's code would slow every other command's start.
      const [{ createApiKey }, { systemActor }, { findDatabaseUrl }, { connect }, { readEnv }] =
        await Promise.all([
          import('#lib/api-keys/create-api-key.ts'),
          import('#lib/context.ts'),
          import('#lib/data-dir.ts'),
          import('#lib/db/client.ts'),
          import('#lib/env.ts'),
        ])
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
  withExamples(create, [
    ['api-keys create --name me --role operator', 'starts transfers, adds endpoints'],
    ['api-keys create --name monitor --role viewer --json', 'only reads; {id, name, role, key}'],
  ])
  const command = new Command('api-keys').description('API keys, on the machine itself').addCommand(create)
  return withExamples(command, [
    ['api-keys create --name me --role operator', 'the key alone on standard output'],
  ])
}
