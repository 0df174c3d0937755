import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireMachine } from '#lib/context.ts'
import { ConflictError, DomainError } from '#lib/errors.ts'
import { workersWithout } from './held-keys.ts'
import { countByKey, type KeptRow, replaceKept, rowsNotSealedTo } from './kept-secrets.ts'
import type { KeyRing } from './keys.ts'
import { keyIdOf, open, seal } from './seal.ts'

export type Rotation = {
  /** The key that everything is sealed to now. */
  keyId: string
  /** Secrets, not rows. */
  resealed: number
  alreadyNewest: number
  /** Rows that somebody changed in the same moment: what they saved stays. */
  changedMeanwhile: number
  failed: { table: string; row: string; name: string; field: string; why: string }[]
}

const AT_ONCE = 100

/**
 * Seals every secret anew, to the newest key of the ring, row by row: what runs meanwhile finds each secret sealed to
 * a key that it holds, and who saves one at the same moment wins. Ended in between, it goes on where it was. Throws
 * ConflictError while a worker runs that does not hold the newest key.
 */
export async function rotateSecrets({
  ctx,
  ring,
}: {
  ctx: Pick<Context, 'actor' | 'db'>
  ring: KeyRing
}): Promise<Rotation> {
  requireMachine(ctx.actor)
  const newest = ring[0].public
  await refuseWorkersWithout(ctx, newest.id)
  const before = (await countByKey(ctx.db)).find(({ keyId }) => keyId === newest.id)
  const done: Rotation = {
    ...{ keyId: newest.id, resealed: 0, alreadyNewest: before?.secrets ?? 0, changedMeanwhile: 0 },
    failed: [],
  }
  let after: KeptRow | null = null
  for (;;) {
    const rows = await rowsNotSealedTo(ctx.db, newest.id, after, AT_ONCE)
    for (const row of rows) await reseal(ctx, ring, row, done)
    after = rows.at(-1) ?? null
    if (rows.length < AT_ONCE) break
  }
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx.actor, {
      action: 'secrets.rotate',
      detail: { ...done, failed: done.failed.length },
    }),
  )
  return done
}

async function reseal(
  { db }: Pick<Context, 'db'>,
  ring: KeyRing,
  kept: KeptRow,
  done: Rotation,
): Promise<void> {
  const { table, row, name, secrets: before } = kept
  const after = { ...before }
  let resealed = 0
  for (const [field, sealed] of Object.entries(before)) {
    if (keyIdOf(sealed) === ring[0].public.id) continue
    const place = { table, row, field }
    try {
      after[field] = await seal(ring[0].public, place, await open(ring, place, sealed))
      resealed += 1
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      done.failed.push({ table, row, name, field, why: error.message })
    }
  }
  if (resealed === 0) return
  if (await replaceKept(db, kept, after)) done.resealed += resealed
  else done.changedMeanwhile += 1
}

/** It could not open what is sealed anew: every transfer would fail. */
async function refuseWorkersWithout({ db }: Pick<Context, 'db'>, keyId: string): Promise<void> {
  const [first, ...others] = await workersWithout(db, keyId)
  if (!first) return
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  throw new ConflictError(
    `A worker runs that does not hold the newest key, ${keyId}: ${first}${more}. Restart File Orbit, or that worker ` +
      'with the new FILE_ORBIT_SECRET_KEY, then rotate.',
  )
}
