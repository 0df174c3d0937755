import { Command, Option } from 'commander'
import type { ApiKey } from '#lib/api-keys/schema.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { onMachine } from './on-machine.ts'
import { ago, printJson, printTable } from './output.ts'

function create(): Command {
  const command = new Command('create')
    .description('Make an API key; it is shown this once.')
    .requiredOption('--name <name>', 'what the key is for')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['owner', 'operator', 'viewer'])
        .makeOptionMandatory(),
    )
    .option('--json', 'print {id, name, role, key}')
    .action(async (options: { name: string; role: string; json?: boolean }) => {
      const { createApiKey } = await import('#lib/api-keys/create-api-key.ts')
      const input = { name: options.name, role: options.role }
      const { id, name, role, key } = await onMachine((ctx) => createApiKey({ ctx, input }))
      if (options.json) return printJson({ id, name, role, key })
      console.log(key)
      console.error('Keep it: it is not shown again. Commands read it from FILE_ORBIT_API_KEY.')
    })
  return withExamples(command, [
    ['api-keys create --name me --role operator', 'starts transfers, adds endpoints'],
    ['api-keys create --name monitor --role viewer --json', 'only reads; {id, name, role, key}'],
  ])
}

function list(): Command {
  const command = new Command('list')
    .description('List the API keys that are not revoked, newest first.')
    .option('--json', 'print the keys as JSON')
    .action(async (options: { json?: boolean }) => {
      const keys = await allKeys()
      if (options.json) return printJson(keys)
      if (keys.length === 0) {
        return console.error('There is none yet: npx file-orbit api-keys create --name me --role operator')
      }
      printTable(
        ['NAME', 'ROLE', 'KEY', 'MADE', 'BY', 'LAST USED', 'ID'],
        keys.map((key) => [
          ...[key.name, key.role, `${key.prefix}…`, ago(key.createdAt), key.createdBy ?? '—'],
          ...[key.lastUsedAt ? ago(key.lastUsedAt) : 'never', key.id],
        ]),
      )
    })
  return withExamples(command, [
    ['api-keys list', 'what each may do, and when it was used'],
    ['api-keys list --json', 'for a script'],
  ])
}

function revoke(): Command {
  const command = new Command('revoke')
    .description('Revoke an API key: it is refused from the next request on.')
    .argument('<key>', 'its name, its first characters or its id')
    .option('--json', 'print the key as JSON')
    .action(async (wanted: string, options: { json?: boolean }) => {
      const key = theOne(await allKeys(), wanted)
      const { revokeApiKey } = await import('#lib/api-keys/revoke-api-key.ts')
      await onMachine((ctx) => revokeApiKey({ ctx, id: key.id }))
      if (options.json) return printJson(key)
      console.log(`the key "${key.name}" (${key.prefix}…) is revoked`)
    })
  return withExamples(command, [
    ['api-keys revoke nightly', 'by its name'],
    ['api-keys revoke fo_x7Rk2a', 'by its first characters, where names are alike'],
  ])
}

async function allKeys(): Promise<ApiKey[]> {
  const { listApiKeys } = await import('#lib/api-keys/list-api-keys.ts')
  return onMachine(async (ctx) => {
    const keys: ApiKey[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listApiKeys>> = await listApiKeys({
        ctx,
        input: { limit: 200, ...(cursor !== null && { cursor }) },
      })
      keys.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    return keys
  })
}

/** Revoking the wrong one of two would stop somebody's work: a name that two have names none. */
function theOne(keys: ApiKey[], wanted: string): ApiKey {
  const found = keys.filter(({ id, name, prefix }) => [id, name, prefix].includes(wanted))
  if (found.length === 1) return found[0]!
  const hint =
    found.length === 0
      ? 'npx file-orbit api-keys list shows those there are.'
      : `Say which by its first characters: ${found.map(({ prefix }) => prefix).join(', ')}.`
  const which = found.length === 0 ? 'There is no API key' : `${found.length} API keys are called`
  throw new CliError(exitStatus.usage, `${which} "${wanted}". ${hint}`)
}

/** Keys are kept on the machine itself, straight in the database: whoever can read its files is its owner. */
export function apiKeys(): Command {
  const command = new Command('api-keys')
    .description('API keys, on the machine itself')
    .addCommand(create())
    .addCommand(list())
    .addCommand(revoke())
  return withExamples(command, [
    ['api-keys create --name me --role operator', 'the key alone on standard output'],
    ['api-keys list', 'which there are'],
  ])
}
