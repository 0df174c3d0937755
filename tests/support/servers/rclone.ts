import type { Slot } from '#workers/rclone/slot.ts'

/** What rclone wants obscured, of the kinds that the servers are. */
const OBSCURED = new Set(['pass', 'key_file_pass'])

/** A server's settings as rclone's remote control takes a storage. `path` is its root inside. */
export async function storageAt(
  slot: Slot,
  server: { type: string; settings: Record<string, string> },
  path = '',
): Promise<Record<string, string>> {
  const storage: Record<string, string> = { type: server.type, _root: path }
  for (const [name, value] of Object.entries(server.settings)) {
    if (OBSCURED.has(name)) {
      const { obscured } = await slot.call<{ obscured: string }>('core/obscure', { clear: value })
      storage[name] = obscured
    } else storage[name] = name === 'key_pem' ? value.replaceAll('\n', '\\n') : value
  }
  return storage
}
