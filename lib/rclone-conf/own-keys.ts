// Browser-safe. What an endpoint has and a remote of rclone has not, kept in an rclone.conf under names of our own:
// rclone leaves options alone that it does not know.

const PREFIX = 'file_orbit_'

export type OwnKeys = { name?: string; path?: string; bandwidth?: string; transfers?: string }
const KEYS = ['name', 'path', 'bandwidth', 'transfers'] as const

export function isOwnKey(option: string): boolean {
  return option.startsWith(PREFIX)
}

export function readOwnKeys(options: Record<string, string>): OwnKeys {
  const found = KEYS.map((key) => [key, options[`${PREFIX}${key}`]] as const)
  return Object.fromEntries(found.filter(([, value]) => value))
}

export function writeOwnKeys(keys: OwnKeys): Record<string, string> {
  return Object.fromEntries(
    KEYS.flatMap((key) => (keys[key] ? [[`${PREFIX}${key}`, keys[key]] as const] : [])),
  )
}
