import { basename, resolve } from 'node:path'
import { isInside } from '#lib/endpoints/inside-roots.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { CliError, exitStatus } from './errors.ts'

export type Side = { kind: 'endpoint'; name: string; path: string } | { kind: 'local'; path: string }

/**
 * "archive:2026/11" is a path in an endpoint, "archive:" its root. Anything with a "/" before its first ":" or
 * without a ":" is a path of this machine, made absolute from `cwd`.
 */
export function parseSide(text: string, cwd = process.cwd()): Side {
  const colon = text.indexOf(':')
  const slash = text.indexOf('/')
  if (text === '')
    throw new CliError(exitStatus.usage, 'A side is empty. Write endpoint:path or a local path.')
  if (colon > 0 && (slash === -1 || colon < slash)) {
    return { kind: 'endpoint', name: text.slice(0, colon), path: text.slice(colon + 1) }
  }
  if (colon === 0) {
    throw new CliError(
      exitStatus.usage,
      `"${text}" names no endpoint before the ":". For a local file write "./${text}".`,
    )
  }
  return { kind: 'local', path: resolve(cwd, text) }
}

/** The local endpoint that holds a path, the deepest of several, or null. */
export function holderOf(path: string, endpoints: Endpoint[]): Endpoint | null {
  return (
    endpoints
      .filter((one) => one.type === 'local' && isInside(path, [one.path]))
      .sort((a, b) => b.path.length - a.path.length)[0] ?? null
  )
}

/** The request's side; a local path outside every endpoint gets an endpoint of its own, and that is said. */
export async function resolveSide(
  client: Client,
  side: Side,
  role: 'source' | 'destination',
): Promise<{ endpointId: string; path: string }> {
  if (side.kind === 'endpoint') {
    return { endpointId: (await endpointNamed(client, side.name)).id, path: side.path }
  }
  const known = await client.all<Endpoint>('/endpoints?limit=200')
  const holder = holderOf(side.path, known)
  if (holder) return { endpointId: holder.id, path: below(holder.path, side.path) }
  // A source may be a file, so its endpoint is the folder above; a destination is a folder itself.
  const root = role === 'source' ? resolve(side.path, '..') : side.path
  const made = await client.call<Endpoint>('POST', '/endpoints', {
    name: freeName(root, known),
    type: 'local',
    path: root,
  })
  console.error(`Added the endpoint ${made.name} for ${root}`)
  return { endpointId: made.id, path: below(root, side.path) }
}

function below(root: string, path: string): string {
  const rest = path.slice(root === '/' ? 1 : root.length + 1)
  // The server takes no path that begins with ":".
  return rest.startsWith(':') ? `./${rest}` : rest
}

function freeName(root: string, known: Endpoint[]): string {
  const base =
    basename(root)
      .replace(/[:/\p{Cc}]/gu, '-')
      .slice(0, 90) || 'local'
  const taken = new Set(known.map((one) => one.name.toLowerCase()))
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}-${n}`
    if (!taken.has(name.toLowerCase())) return name
  }
}
