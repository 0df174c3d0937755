import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { notify } from '#lib/live/channel.ts'

/** What lies in the watched folder or bucket of a template now is no event of it: it was just switched on, or has another one. */
export async function countFromNow(tx: Tx, templateId: string): Promise<void> {
  await tx
    .update(triggers)
    .set({ since: sql`now()` })
    .where(
      and(
        eq(triggers.templateId, templateId),
        inArray(triggers.type, ['watch', 's3']),
        isNull(triggers.deletedAt),
      ),
    )
  await notify(tx, 'work', 'triggers')
}
