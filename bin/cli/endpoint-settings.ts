import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { Backend } from '#lib/backends/schema.ts'
import { isSecretReference } from '#lib/endpoints/secret-references.ts'
import { readSecrets } from './ask.ts'
import type { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'

/** What `create` and `update` are given of an endpoint's settings. */
export type SettingOptions = {
  set?: [name: string, value: string][]
  setFile?: [name: string, path: string][]
  secret?: string[]
}

export function withSettingOptions(command: Command): Command {
  return command
    .option('--set <name=value>', 'a setting by rclone’s name; may be repeated', pairs)
    .option('--set-file <name=file>', 'a setting out of a file, such as a private key', pairs)
    .option('--secret <name>', 'asks for a secret, or takes a line of standard input', several)
}

/**
 * The settings for the server. A secret on the command line is refused: the shell keeps it, and every user of the
 * machine sees it in the list of processes. Throws CliError.
 */
export async function readSettings(
  client: Client,
  type: string,
  { set = [], setFile = [], secret = [] }: SettingOptions,
): Promise<Record<string, string>> {
  if (set.length + setFile.length + secret.length === 0) return {}
  const { options } = await client.call<Backend>('GET', `/backends/${encodeURIComponent(type)}`)
  const secrets = new Set(options.filter((option) => option.secret).map(({ name }) => name))
  const shown = set.find(([name, value]) => secrets.has(name) && value !== '' && !isSecretReference(value))
  if (shown) {
    const [name] = shown
    throw new CliError(
      exitStatus.usage,
      `${name} is a secret, which the shell and the list of processes would show. Use --secret ${name} (asked on the terminal, or a line of standard input), --set-file ${name}=<file>, or a reference that the agent reads: --set ${name}=env:FILE_ORBIT_SECRET_${name.toUpperCase()}`,
    )
  }
  const files = await Promise.all(setFile.map(async ([name, path]) => [name, await readText(path)] as const))
  const asked = await readSecrets(secret)
  return Object.fromEntries([...set, ...files, ...secret.map((name, at) => [name, asked[at]!] as const)])
}

async function readText(path: string): Promise<string> {
  try {
    // Editors end a file with a line break that no password has.
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError(exitStatus.usage, `The file ${path} cannot be read (${code}).`)
  }
}

function pairs(text: string, before: [string, string][] = []): [string, string][] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Expected name=value.')
  return [...before, [text.slice(0, at), text.slice(at + 1)]]
}

function several(text: string, before: string[] = []): string[] {
  return [...before, text]
}
