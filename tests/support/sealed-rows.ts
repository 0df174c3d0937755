import { v7 } from 'uuid'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { endpointSecret } from '#lib/endpoints/seal-settings.ts'
import type { KeyRing, PublicKey } from '#lib/secrets/keys.ts'
import { open, seal } from '#lib/secrets/seal.ts'
import type { TestDatabase } from './database.ts'

/** Rows of endpoints whose secrets are sealed to this key, as the web would have kept them. Returns their ids. */
export async function keepSealed(
  { db }: TestDatabase,
  agentId: string,
  key: PublicKey,
  secrets: Record<string, string>[],
): Promise<string[]> {
  const rows = await Promise.all(
    secrets.map(async (texts) => {
      const id = v7()
      const sealed = await Promise.all(
        Object.entries(texts).map(async ([name, text]) => [
          name,
          await seal(key, endpointSecret(id, name), text),
        ]),
      )
      const settings = { url: 'https://dav.example' }
      return {
        ...{ id, name: `kept ${id}`, type: 'webdav', path: '', settings, agentId },
        secrets: Object.fromEntries(sealed) as Record<string, string>,
      }
    }),
  )
  await db.insert(endpoints).values(rows)
  return rows.map(({ id }) => id)
}

/** All secrets of a row, opened. */
export async function openedSecrets(
  ring: KeyRing,
  row: { id: string; secrets: Record<string, string> },
): Promise<Record<string, string>> {
  const opened = Object.entries(row.secrets).map(async ([name, sealed]) => [
    name,
    await open(ring, endpointSecret(row.id, name), sealed),
  ])
  return Object.fromEntries(await Promise.all(opened)) as Record<string, string>
}
