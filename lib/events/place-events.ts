import type { Tx } from '#lib/db/client.ts'
import type { events } from '#lib/db/schema/events.ts'
import type { templates } from '#lib/db/schema/templates.ts'
import { insideTest } from '#lib/endpoints/overlap.ts'
import { findPlaces } from '#lib/jobs/insert-job.ts'
import { findTaken } from '#lib/places/find-taken.ts'
import type { Run } from '#lib/places/place-keys.ts'
import { fillIn, placeOf, VariableError } from '#lib/templates/variables.ts'

type Template = typeof templates.$inferSelect
type Event = Pick<typeof events.$inferSelect, 'id' | 'path' | 'size' | 'occurredAt' | 'detail'>

export type Placing = {
  /** Where each goes, by its id. */
  placed: Map<string, string>
  /** Why there is no place for it, by its id. */
  refused: Map<string, string>
}

/** Where each goes. Two files never share a place: the second is refused, whenever the first came. */
export async function placeEvents(
  tx: Tx,
  template: Template,
  given: readonly Event[],
  jobId: string,
): Promise<Placing> {
  const { placed, refused } = fillAll(template, given, jobId)
  // It makes the folder like the other one, as a whole.
  if (template.operation === 'sync') return { placed, refused }
  const refuse = (id: string, why: string) => {
    placed.delete(id)
    refused.set(id, why)
  }
  const isInside = await insideOf(tx, template)
  for (const [id, place] of placed) if (isInside(place)) refuse(id, whyInside(place))
  const pairs = given.flatMap(({ id, path }) => {
    const destination = placed.get(id)
    return destination === undefined ? [] : [{ id, source: path, destination }]
  })
  const taken = await findTaken(tx, runOf(template), pairs)
  for (const [{ id }, why] of taken) refuse(id, `${why} Then replay.`)
  return { placed, refused }
}

/** What its events travel in. */
export function runOf(template: Template): Run {
  return {
    templateId: template.id,
    destinationEndpointId: template.destinationEndpointId,
    source: { endpointId: template.sourceEndpointId, path: template.sourcePath },
    isMove: template.operation === 'move',
  }
}

function fillAll(template: Template, given: readonly Event[], jobId: string): Placing {
  const [placed, refused] = [new Map<string, string>(), new Map<string, string>()]
  const { operation, destinationPath, timeZone, name } = template
  const facts = { runAt: new Date(), timeZone, template: name, job: jobId }
  for (const { id, path, size, occurredAt, detail } of given) {
    try {
      const place =
        operation === 'sync'
          ? fillIn(destinationPath, { ...facts, file: null })
          : placeOf(destinationPath, { ...facts, file: { path, size, at: occurredAt, detail } })
      placed.set(id, place)
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      refused.set(id, error.message)
    }
  }
  return { placed, refused }
}

function whyInside(place: string): string {
  return `Its place, ${place}, lies inside the source, where it would be found again. Choose a destination outside of it, then replay.`
}

async function insideOf(tx: Tx, template: Template): Promise<(place: string) => boolean> {
  const { sourceEndpointId, sourcePath, destinationEndpointId } = template
  const rows = await findPlaces(tx, [sourceEndpointId, destinationEndpointId])
  const from = rows.find((row) => row.id === sourceEndpointId)
  const to = rows.find((row) => row.id === destinationEndpointId)
  // One that is gone is told of when the job is made.
  if (!from || !to) return () => false
  return insideTest(
    { stored: from.stored, below: sourcePath, agent: from.agentId },
    { stored: to.stored, agent: to.agentId },
  )
}
