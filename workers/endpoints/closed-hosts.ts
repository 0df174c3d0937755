import { lookup } from 'node:dns/promises'
import { blocksPrivateHosts, hostsIn, isClosedAddress, whyPrivate } from '#lib/endpoints/hosts.ts'
import type { Stored } from '#lib/endpoints/sides.ts'

/**
 * Why an endpoint may not be used where FILE_ORBIT_BLOCK_PRIVATE_HOSTS is set: one of its hosts, or of those it lies
 * over, leads to the agent's own machine or its cloud's metadata. Null when none does. Hosts in what is sealed are
 * looked at when it is opened.
 */
export async function whyHostClosed(stored: Stored): Promise<string | null> {
  for (const place of [stored, ...stored.wrapped]) {
    const closed = await whySettingsClosed(place)
    if (closed) return closed
  }
  return null
}

/**
 * The same of one storage's settings. A name that nobody knows is left to rclone, which says so; rclone also asks the
 * name server again, which may then answer something else.
 */
export async function whySettingsClosed(place: {
  type: string
  root: string
  settings: Record<string, string>
}): Promise<string | null> {
  if (!blocksPrivateHosts()) return null
  for (const [option, value] of Object.entries(place.settings)) {
    const closed = whyPrivate(option, value)
    if (closed) return `${option}: ${closed}`
    for (const host of hostsIn(option, value).flatMap((name) => [name, ...withBucket(place, option, name)])) {
      const found = await lookup(host, { all: true }).catch(() => [])
      if (found.some(({ address }) => isClosedAddress(address))) {
        return `${host} leads to the agent’s own machine or its cloud’s metadata, which the settings refuse.`
      }
    }
  }
  return null
}

/** S3 is asked at a name below the endpoint's, whose owner may let that one lead elsewhere. */
function withBucket({ type, root }: { type: string; root: string }, option: string, host: string): string[] {
  const [bucket] = root.split('/')
  return type === 's3' && option === 'endpoint' && bucket ? [`${bucket}.${host}`] : []
}
