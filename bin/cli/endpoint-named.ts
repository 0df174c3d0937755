import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { nearNames } from './near.ts'

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
        : 'There is none yet: npx file-orbit endpoints create archive --path /srv/archive'
  throw new CliError(exitStatus.usage, `There is no endpoint "${name}". ${hint}`, { near })
}
