import { createHash } from 'node:crypto'
import { UnavailableError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { open } from '#lib/secrets/seal.ts'
import { triggerSecret } from '#lib/triggers/save-triggers.ts'

/** A queue as its trigger has it: secrets sealed for the row. */
export type QueueAccess = {
  row: string
  queueUrl: string
  region: string
  endpointUrl?: string | undefined
  settings: Record<string, string>
  secrets: Record<string, string>
}

/** Null: the agent's own role, or what else the SDK finds on the machine. */
export type QueueKey = { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | null

/** Opens the key of a queue. Throws UnavailableError with what to do where it is not whole or cannot be opened. */
export async function openQueueKey(
  ring: KeyRing | null,
  { row, settings, secrets }: Pick<QueueAccess, 'row' | 'settings' | 'secrets'>,
): Promise<QueueKey> {
  const { accessKeyId } = settings
  const names = Object.keys(secrets)
  if (!accessKeyId && names.length === 0) return null
  if (!accessKeyId) throw new UnavailableError('There is a secret key and no access key. Write both or none.')
  if (!secrets.secretAccessKey) {
    throw new UnavailableError('There is an access key and no secret access key. Write both or none.')
  }
  if (!ring) {
    throw new UnavailableError(
      'This worker was given no FILE_ORBIT_SECRET_KEY, so it cannot open the key of the queue.',
    )
  }
  const opened = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await open(ring, triggerSecret(row, name), secrets[name]!)] as const),
    ),
  )
  return { accessKeyId, secretAccessKey: opened.secretAccessKey!, ...withToken(opened.sessionToken) }
}

function withToken(sessionToken: string | undefined): { sessionToken?: string } {
  return sessionToken ? { sessionToken } : {}
}

/** The same for the same keys, and nothing that could be taken for them. */
export function fingerprintOf(key: QueueKey): string {
  if (!key) return 'role'
  const { accessKeyId, secretAccessKey, sessionToken = '' } = key
  return createHash('sha256')
    .update(JSON.stringify([accessKeyId, secretAccessKey, sessionToken]))
    .digest('hex')
}
