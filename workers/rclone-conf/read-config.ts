import { v7 } from 'uuid'
import type { Backend } from '#lib/backends/schema.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { endpointSecret } from '#lib/endpoints/seal-settings.ts'
import { DomainError, InvalidError } from '#lib/errors.ts'
import { isOwnKey, readOwnKeys } from '#lib/rclone-conf/own-keys.ts'
import {
  configSecret,
  type ReadConfigAnswer,
  type ReadConfigQuestion,
  type ReadRemote,
} from '#lib/rclone-conf/protocol.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { open, seal } from '#lib/secrets/seal.ts'
import type { Providers } from '../rclone/providers.ts'
import { reveal } from '../secrets/obscured.ts'
import { type ConfigFiles, readConfigFile } from './config-file.ts'
import { dumpConfig, type Remotes } from './dump-config.ts'

/** What this machine reads and writes configurations with. */
export type ConfigDesk = {
  rclone: string
  providers: Providers
  ring: KeyRing | null
  files: ConfigFiles
}

/**
 * The remotes of an rclone.conf, each with its secrets sealed for the endpoint it is to be; what no endpoint takes is
 * named without its value. `folder` is a private one.
 */
export async function readConfig(
  desk: ConfigDesk,
  folder: string,
  question: ReadConfigQuestion,
): Promise<ReadConfigAnswer> {
  try {
    const { ring } = desk
    if (!ring) {
      throw new InvalidError(
        'This worker was given no FILE_ORBIT_SECRET_KEY, so it can neither open nor seal.',
      )
    }
    const { row, rows } = question
    const sealed = (field: 'text' | 'password', text: string) => open(ring, configSecret(row, field), text)
    const text = question.text
      ? await sealed('text', question.text)
      : await readConfigFile(desk.files, question.file ?? '')
    const password = question.password ? await sealed('password', question.password) : null
    const dumped = await dumpConfig(desk.rclone, folder, text, password)
    if (!dumped.ok) {
      const at = dumped.cause === 'not_a_config' ? (question.text ? 'text' : 'agentFile') : 'password'
      return { ok: false, at, message: dumped.message }
    }
    return { ok: true, remotes: await readRemotes(desk.providers, ring, rows, dumped.remotes) }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const at = error.issues[0]?.path === 'agentFile' ? 'agentFile' : 'text'
    return { ok: false, at, message: error.message }
  }
}

function readRemotes(
  providers: Providers,
  ring: KeyRing,
  rows: Record<string, string>,
  remotes: Remotes,
): Promise<ReadRemote[]> {
  return Promise.all(
    Object.entries(remotes).map(async ([name, { type = '', ...options }]) => {
      const row = (Object.hasOwn(rows, name) && rows[name]) || v7()
      const backend = providers.backends.find((one) => one.type === type)
      const sorted = sortOptions(backend, providers.passwords(type), options)
      const secrets = await Promise.all(
        Object.entries(sorted.secrets).map(async ([option, text]) => {
          return [option, await seal(ring[0].public, endpointSecret(row, option), text)] as const
        }),
      )
      return { name, type, row, ...sorted, secrets: Object.fromEntries(secrets), own: readOwnKeys(options) }
    }),
  )
}

type Sorted = Pick<ReadRemote, 'settings' | 'secrets' | 'leftOut' | 'problem'>

/** Into what is shown, what is sealed and what is left out. The values of the last go no further. */
function sortOptions(
  backend: Backend | undefined,
  passwords: ReadonlySet<string>,
  options: Record<string, string>,
): Sorted {
  const sorted: Sorted = { settings: {}, secrets: {}, leftOut: [], problem: null }
  if (!backend) return sorted
  const taken: Record<string, string> = {}
  const known = new Map(backend.options.map((option) => [option.name, option]))
  for (const [name, value] of Object.entries(options)) {
    const option = known.get(name)
    if (isOwnKey(name) || value === '') continue
    if (!option || option.refused) {
      const why = option?.refused ?? `A ${backend.type} endpoint has no such setting.`
      sorted.leftOut.push({ option: name, why })
      continue
    }
    const clear = passwords.has(name) ? reveal(value) : value
    if (clear === null)
      sorted.problem = `Its ${name} is not obscured as rclone does it, so it cannot be read.`
    else taken[name] = clear
  }
  for (const [name, value] of Object.entries(kindOf(backend.type).fromRclone?.(taken) ?? taken)) {
    const part = known.get(name)?.secret ? sorted.secrets : sorted.settings
    part[name] = value
  }
  return sorted
}
