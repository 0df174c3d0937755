import type { Template } from '#lib/templates/schema.ts'
import type { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { nearNames } from './near.ts'

/** The template of this name or id; throws CliError that names those that are near. */
export async function templateNamed(client: Client, name: string): Promise<Template> {
  const known = await client.all<Template>('/templates?limit=200')
  const found = known.find((one) => one.name.toLowerCase() === name.toLowerCase() || one.id === name)
  if (found) return found
  const near = nearNames(
    name,
    known.map((one) => one.name),
  )
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?`
      : known.length > 0
        ? 'npx file-orbit templates list shows those there are.'
        : 'There is none yet: npx file-orbit templates create --file template.json'
  throw new CliError(exitStatus.usage, `There is no template "${name}". ${hint}`, { near })
}
