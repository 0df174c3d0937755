import type { Agent } from '#lib/agents/queries.ts'
import { backendOf } from '#lib/backends/read-backends.ts'
import type { Backend } from '#lib/backends/schema.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { InvalidError } from '#lib/errors.ts'
import { type Checked, checkSettings } from './check-settings.ts'
import { blocksPrivateHosts } from './hosts.ts'
import { issueAt } from './kinds/kind.ts'
import { referencesOf } from './references.ts'
import { rootPathFor } from './root-path.ts'
import type { GivenSettings } from './schema.ts'
import { readWrapped, type StoredPlace } from './sides.ts'

/** Known without asking an agent: a folder of its own machine has no settings. */
export const FOLDER: Backend = {
  type: 'local',
  description: 'Local Disk',
  oauth: false,
  wraps: null,
  options: [],
}

/** What an endpoint is to become, all checked but its storage. */
export type CheckedEndpoint = Checked & { wrapped: StoredPlace[] }

/**
 * Checks what a person gave for an endpoint: its type, each setting, its root and the endpoints it lies over. Throws
 * InvalidError with every problem at its field. `own` is its row, which it cannot lie over.
 */
export async function checkEndpoint(
  db: Db | Tx,
  agent: Agent,
  given: { type: string; path: string; settings: GivenSettings; sealed?: readonly string[] },
  before?: { id: string; settings: Record<string, string>; secrets: readonly string[] },
  own = before?.id,
): Promise<CheckedEndpoint> {
  const backend = given.type === 'local' ? FOLDER : await backendOf(db, agent.id, given.type)
  const checked = checkSettings(backend, given, {
    ...(before && { before }),
    ...(given.sealed && { sealed: given.sealed }),
    blockPrivateHosts: blocksPrivateHosts(),
  })
  const path = rootPathFor(given.type, checked.path, agent.roots)
  const wrapped = await readWrapped(db, checked.settings, own)
  const option = 'upstreams' in checked.settings ? 'upstreams' : 'remote'
  if (!wrapped) {
    const issue = issueAt(option, 'It would lie over itself. Choose another endpoint.')
    throw new InvalidError(issue.message, [issue])
  }
  const there = new Set(wrapped.filter(({ deleted }) => !deleted).map(({ row }) => row))
  if (referencesOf(checked.settings).some((id) => !there.has(id))) {
    const issue = issueAt(option, 'The endpoint that it lies over does not exist. Choose one of the list.')
    throw new InvalidError(issue.message, [issue])
  }
  return { ...checked, path, wrapped }
}
