import { UnavailableError } from '#lib/errors.ts'
import { type PublicKey, parsePublicKey } from './keys.ts'
import { type Seal, seal } from './seal.ts'

/**
 * Seals to the key of FILE_ORBIT_PUBLIC_KEY; without one each use says what is missing. `whyNot` says why a key of this
 * id must not be used, or null: what is sealed to a key that nobody holds is lost.
 */
export function sealerFor(
  text: string | undefined,
  whyNot: (keyId: string) => Promise<string | null> = async () => null,
): Seal {
  let key: PublicKey | undefined
  return async (place, secret) => {
    if (!text) {
      throw new UnavailableError(
        'Secrets cannot be kept: FILE_ORBIT_PUBLIC_KEY is not set for the web process. `file-orbit secrets ' +
          'public-key` on the machine of the worker prints it.',
      )
    }
    key ??= parsePublicKey(text)
    const wrong = await whyNot(key.id)
    if (wrong) throw new UnavailableError(wrong)
    return seal(key, place, secret)
  }
}

/** For actors that keep no secrets: a worker, a chore. */
export const nothingToSeal: Seal = async () => {
  throw new UnavailableError('Only the web process and the command line keep secrets.')
}
