import { afterAll, inject } from 'vitest'
import { parseKeyRing } from '#lib/secrets/keys.ts'
import { sealerFor } from '#lib/secrets/sealer.ts'
import type { AskedPlace } from '#workers/endpoints/asked-place.ts'
import { readProviders } from '#workers/rclone/providers.ts'
import type { Slot } from '#workers/rclone/slot.ts'
import { PlaceOpener } from '#workers/secrets/place-opener.ts'
import { secretSources } from '#workers/secrets/secret-sources.ts'
import { TokenKeeper } from '#workers/secrets/token-keeper.ts'
import { testPublicKey, testSecretKey } from './secret-keys.ts'
import { openSlot } from './slots.ts'

export type Server = { type: string; settings: Record<string, string>; path: string }

/** An agent's side without a control plane: an rclone, its opener, and places as they would be asked of it. */
export async function openAgent(): Promise<{
  slot: Slot
  opener: PlaceOpener
  asked(server: Server): Promise<AskedPlace>
}> {
  const slot = await openSlot(afterAll, inject('rclone'))
  const providers = await readProviders(slot, 'test')
  const ring = parseKeyRing(testSecretKey)
  // Nobody keeps a token here.
  const keeper = new TokenKeeper(ring, { keepToken: async () => null })
  const opener = new PlaceOpener(ring, secretSources({}, undefined), providers, keeper)
  const seal = sealerFor(testPublicKey)
  const asked = async ({ type, settings, path }: Server): Promise<AskedPlace> => {
    const options = providers.backends.find((backend) => backend.type === type)?.options ?? []
    const isSecret = (name: string) => options.find((option) => option.name === name)?.secret === true
    const row = `${type} of a test`
    const secrets = await Promise.all(
      Object.entries(settings)
        .filter(([name]) => isSecret(name))
        .map(async ([name, text]) => {
          return [name, await seal({ table: 'endpoints', row, field: name }, text)] as const
        }),
    )
    return {
      ...{ row, type, root: path, path: '', wrapped: [], roots: null, deleted: false },
      settings: Object.fromEntries(Object.entries(settings).filter(([name]) => !isSecret(name))),
      secrets: Object.fromEntries(secrets),
    }
  }
  return { slot, opener, asked }
}
