import type { Context } from '#lib/context.ts'
import { mendEvents } from '#lib/events/mend-events.ts'
import { recountEvents } from '#lib/events/recount-events.ts'
import { mistakes } from '#lib/events/unaccounted.ts'
import { log } from '#lib/log.ts'

/** Checks that every event is accounted for. Whatever it finds is a mistake of ours, so it is told as one. */
export async function keepBooks(ctx: Context): Promise<void> {
  const found = await mendEvents({ ctx })
  for (const [mistake, words] of Object.entries(mistakes)) {
    const events = found.filter((one) => one.mistake === mistake).map(({ eventId }) => eventId)
    if (events.length === 0) continue
    log.error({ count: events.length, events: events.slice(0, 10) }, `unaccounted for: ${words}`)
  }
  const miscounts = await recountEvents({ ctx })
  if (miscounts.length > 0) {
    log.error({ miscounts: miscounts.slice(0, 10) }, 'the counts of events were not what the ledger holds')
  }
}
