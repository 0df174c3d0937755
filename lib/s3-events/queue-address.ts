import { blocksPrivateHosts, whyPrivate } from '#lib/endpoints/hosts.ts'
import type { FieldIssue } from '#lib/errors.ts'

type Place = { queueUrl: string; endpointUrl?: string | undefined }

/** Where the service of a queue answers: the URL of the queue says it, unless another address is given. */
export function queueOrigin({ queueUrl, endpointUrl }: Place): URL {
  return new URL(new URL(endpointUrl ?? queueUrl).origin)
}

/** Why a queue may not be asked where FILE_ORBIT_BLOCK_PRIVATE_HOSTS is set, as for endpoints. */
export function whyNotQueueAddress(place: Place): FieldIssue[] {
  if (!blocksPrivateHosts()) return []
  return (['queueUrl', 'endpointUrl'] as const).flatMap((path) => {
    const message = place[path] === undefined ? null : whyPrivate('endpoint', place[path])
    return message ? [{ path, message }] : []
  })
}

type Kept = Place & { secrets: Record<string, string> }

/**
 * Why secrets that are kept may not go along to where a queue is now: whoever may change a template could else have them
 * sent to a host of their own.
 */
export function whyNotKept(before: Kept, after: Kept): string | null {
  const isKept = Object.entries(after.secrets).some(([name, sealed]) => before.secrets[name] === sealed)
  if (!isKept || queueOrigin(before).origin === queueOrigin(after).origin) return null
  return 'The queue is at another host now: write the secrets again, or they would be sent there.'
}
