import { readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isInside } from '#lib/endpoints/inside-roots.ts'
import { whyNotReference } from '#lib/endpoints/secret-references.ts'
import { UnavailableError } from '#lib/errors.ts'

/** Reads a secret at the place that its reference names. Throws UnavailableError that says what to do. */
export type SecretSource = (name: string) => Promise<string>

/** A private key and its certificates fit; a disk image does not. */
const LARGEST = 64 * 1024

/** By the scheme of the reference: `env:NAME`, `file:name`, and `stores` (stores/allowed-stores.ts). */
export function secretSources(
  variables: Record<string, string | undefined>,
  folder: string | undefined,
  stores: Record<string, SecretSource> = {},
): Record<string, SecretSource> {
  return {
    ...stores,
    env: async (name) => {
      const value = variables[name]
      if (value) return value
      throw new UnavailableError(`The agent has no variable ${name}. Set it where its worker is started.`)
    },
    file: async (name) => {
      if (!folder) {
        throw new UnavailableError(
          'The agent allows no folder of secrets. Set FILE_ORBIT_SECRET_FILES to one.',
        )
      }
      return readSecretFile(folder, name)
    },
  }
}

/** The secret that a reference names. The reference is checked again: an older row may hold one. */
export async function readReference(
  sources: Record<string, SecretSource>,
  reference: string,
): Promise<string> {
  const wrong = whyNotReference(reference)
  if (wrong) throw new UnavailableError(wrong)
  const [scheme = ''] = reference.split(':', 1)
  const source = sources[scheme]
  if (!source) throw new UnavailableError(`The agent knows no place for secrets called "${scheme}".`)
  return source(reference.slice(scheme.length + 1))
}

async function readSecretFile(folder: string, name: string): Promise<string> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))])
    if (!isInside(path, [root]) || path === root) {
      throw new UnavailableError(`The file ${name} leads outside the folder of secrets.`)
    }
    const { size } = await stat(path)
    if (size > LARGEST) throw new UnavailableError(`The file ${name} is too large to be a secret.`)
    // Editors end a file with a line break that no password has.
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    const code = (error as NodeJS.ErrnoException).code
    throw new UnavailableError(
      code === 'ENOENT'
        ? `The folder of secrets holds no file ${name}.`
        : `The file ${name} in the folder of secrets cannot be read (${code}).`,
    )
  }
}
