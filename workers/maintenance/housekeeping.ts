import type { Context } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { forgetPlaces } from '#lib/places/forget-places.ts'
import { removeOldFirings } from '#lib/schedules/remove-old-firings.ts'
import type { Checksums } from '../transfer/checksums.ts'
import { keepBooks } from './books.ts'
import { forgetChecksums } from './checksums.ts'
import { forgetKeys } from './event-keys.ts'
import { forgetTriggers } from './gone-triggers.ts'
import { sweepLeftovers } from './leftovers.ts'
import { keepPartitions } from './partitions.ts'
import { keepAudit, keepRetention } from './retention.ts'

const EVERY_MS = 10 * 60_000

/** Chores without a hurry, one after the other. What fails is told and tried again at the next round. */
export function startHousekeeping(
  ctx: Context,
  { keepMonths, checksums }: { keepMonths: number; checksums: Checksums },
): () => void {
  const chores = {
    'make partitions': () => keepPartitions(ctx),
    'check the books': () => keepBooks(ctx),
    'forget deleted triggers': () => forgetTriggers(ctx),
    'forget places of deleted templates': () => forgetPlaces({ ctx }),
    'forget keys of events': () => forgetKeys(ctx),
    'sweep leftovers': () => sweepLeftovers(ctx),
    'remove old jobs': () => keepRetention(ctx, keepMonths),
    'remove old audit entries': () => keepAudit(ctx, keepMonths),
    'forget checksums': () => forgetChecksums(ctx, checksums),
    'remove old firings': () => removeOldFirings({ ctx, keepMonths }),
  }
  let busy = false
  const round = async () => {
    // The first removal after years may take longer than the time between two rounds.
    if (busy) return
    busy = true
    for (const [chore, work] of Object.entries(chores)) {
      await work().catch((error: unknown) => {
        log.warn({ chore, err: messageOf(error) }, 'could not keep house')
      })
    }
    busy = false
  }
  void round()
  const timer = setInterval(() => void round(), EVERY_MS)
  return () => clearInterval(timer)
}
