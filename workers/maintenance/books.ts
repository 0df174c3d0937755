import { sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import { eventKeys, objectHeads } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { watchedFiles, watches } from '#lib/db/schema/watches.ts'
import { mendEvents } from '#lib/events/mend-events.ts'
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
}

/** A queue keeps messages for 14 days at most, and a listing looks back 30: nothing older comes again. */
const KEPT_DAYS = 60
const AT_ONCE = 50_000

/** What tells events from their repetitions, when none can come any more. */
export async function forgetKeys(ctx: Context): Promise<void> {
  for (const table of [eventKeys, objectHeads]) {
    for (let removed = AT_ONCE; removed === AT_ONCE; ) {
      const rows = await ctx.db.execute(sql`
        with old as (select ctid from ${table} where at < now() - make_interval(days => ${KEPT_DAYS}) limit ${AT_ONCE})
        delete from ${table} where ctid in (select ctid from old) returning 1`)
      removed = rows.length
    }
  }
}

/** What watches and queues remember of files, when their triggers are gone. */
export async function forgetWatches(ctx: Context): Promise<void> {
  for (const table of [watchedFiles, watches, objectHeads, eventKeys]) {
    await ctx.db.execute(sql`
      delete from ${table} where trigger_id in (select id from ${triggers} where deleted_at is not null)`)
  }
}
