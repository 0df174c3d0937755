import { inject } from 'vitest'
import { keepBackends } from '#lib/backends/read-backends.ts'
import { readProviders } from '#workers/rclone/providers.ts'
import { Slot } from '#workers/rclone/slot.ts'
import type { Contexts } from './context.ts'
import { tempFolder } from './files.ts'
import type { Later } from './later.ts'

/** What the real rclone says of its storages, kept as its first worker keeps it. */
export async function stockBackends({ agent }: Contexts, later: Later): Promise<void> {
  const slot = await Slot.start({ rclone: inject('rclone'), runtimeDir: await tempFolder(later) })
  later(() => slot.close())
  const { version, backends } = await readProviders(slot, 'test')
  await keepBackends({ ctx: agent, agentId: agent.actor.id, version, backends })
}
