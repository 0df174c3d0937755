import { hash, verify } from '@node-rs/argon2'
import { inTurn } from './hashing-turns.ts'

// OWASP's argon2id setting: 19 MiB, two passes, one lane. The library's default algorithm is argon2id.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Throws UnavailableError when too many hashes are waited for already; so does checkPassword. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, cost))
}

/** Made once; checked in place of a missing user's, so that both refusals take as long. */
const nobody = hashPassword('nobody signs in with this')

export async function checkPassword(stored: string | null, password: string): Promise<boolean> {
  const against = stored ?? (await nobody)
  const right = await inTurn(() => verify(against, password).catch(() => false))
  return stored !== null && right
}
