import { listBackends } from '#lib/backends/read-backends.ts'
import type { Context } from '#lib/context.ts'
import { UnavailableError } from '#lib/errors.ts'
import type { KindGroup } from './kinds/kind.ts'
import { kindOf, kinds } from './kinds/kinds.ts'

export type OfferedKind = { type: string; label: string; sentence: string; group: KindGroup }

/**
 * The kinds of storage that an endpoint can be of: those with care of their own first, then all others of the agent's
 * rclone. Before its first worker only folders, and `ready` is false.
 */
export async function offeredKinds({
  ctx,
}: {
  ctx: Context
}): Promise<{ kinds: OfferedKind[]; ready: boolean }> {
  const backends = await listBackends({ ctx, input: {} }).catch((error) => {
    if (error instanceof UnavailableError) return null
    throw error
  })
  const offered = ({ type, label, sentence, group }: OfferedKind): OfferedKind => ({
    ...{ type, label, sentence, group },
  })
  if (!backends) return { kinds: [offered(kindOf('local'))], ready: false }
  const known = new Set(kinds.map(({ type }) => type))
  const has = new Set(backends.items.map(({ type }) => type))
  const others = backends.items
    .filter(({ type }) => !known.has(type))
    .map(({ type, description }) => offered(kindOf(type, description)))
  const cared = kinds.filter(({ type }) => has.has(type)).map(offered)
  return { kinds: [...cared, ...others], ready: true }
}
