import { type Context, requireAgent } from '#lib/context.ts'
import { countByKey } from './kept-secrets.ts'
import type { KeyRing } from './keys.ts'

/**
 * What is wrong with a worker's keys, as a sentence that says what to do, or null: a key that is missing would be
 * found out by the first transfer of the night.
 */
export async function whyNotKeys({
  ctx,
  ring,
}: {
  ctx: Context
  ring: KeyRing | null
}): Promise<string | null> {
  requireAgent(ctx.actor)
  const uses = await countByKey(ctx.db)
  const missing = uses.filter(({ keyId }) => !ring?.some((one) => one.public.id === keyId))
  const [first] = missing
  if (!first) return null
  const count = missing.reduce((sum, { secrets }) => sum + secrets, 0)
  const many = count === 1 ? 'One secret is' : `${count} secrets are`
  return (
    `${many} sealed to ${missing.length === 1 ? `the key ${first.keyId}` : 'other keys'}, which ` +
    `${ring ? 'FILE_ORBIT_SECRET_KEY does not hold' : 'this worker was not given: FILE_ORBIT_SECRET_KEY is not set'}. ` +
    'Set FILE_ORBIT_SECRET_KEY to the key that was used so far; to change keys, put the new one first and the old ' +
    'one after it, then run `file-orbit secrets rotate`.'
  )
}
