import { asc, eq } from 'drizzle-orm'
import { events } from '#lib/db/schema/events.ts'
import { gatherEvents } from '#lib/events/gather-events.ts'
import { type Happening, recordEvents } from '#lib/events/record-events.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import type { Stage } from './stage.ts'

export function happening(path: string, more: Partial<Happening> = {}): Happening {
  return {
    ...{ kind: 'created', path, size: 1, occurredAt: new Date('2026-03-01T23:30:00Z'), key: path, ...more },
  }
}

/** Templates of a stage that a watch feeds, with their events written and gathered by hand. */
export function openLedger({ ctx, database, source, destination }: Stage) {
  return async (name: string, to: string, more: object = {}) => {
    const template = await createTemplate({
      ctx: ctx.operator,
      input: {
        ...{ name, operation: 'copy', source: { endpointId: source.id, path: name } },
        destinations: [{ endpointId: destination.id, path: to }],
        triggers: [{ type: 'watch' }],
        ...more,
      },
    })
    const templateId = template.id
    const triggerId = template.triggers[0]?.id ?? ''
    const rows = () =>
      database.db.select().from(events).where(eq(events.templateId, templateId)).orderBy(asc(events.id))
    return {
      ...{ template, templateId, triggerId, rows },
      record: (...happenings: Happening[]) => recordEvents({ ctx: ctx.agent, triggerId, happenings }),
      gather: () => gatherEvents({ ctx: ctx.agent, templateId }),
      /** `path state`, the oldest first. */
      fates: async () => (await rows()).map(({ path, state }) => `${path} ${state}`),
      /** The job that took the newest event of a path. */
      jobOf: async (path: string) => (await rows()).findLast((row) => row.path === path)?.jobId ?? '',
    }
  }
}
