import type { Tx } from '#lib/db/client.ts'
import type { events } from '#lib/db/schema/events.ts'
import type { templates } from '#lib/db/schema/templates.ts'
import { insideTest } from '#lib/endpoints/overlap.ts'
import { findPlaces } from '#lib/jobs/insert-job.ts'
import { fillIn, placeOf, VariableError } from '#lib/templates/variables.ts'
import { ownersOf, whyTaken } from './place-owners.ts'

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
  const isInside = await insideOf(tx, template)
  const owners = await ownersOf(
    tx,
    { templateId: template.id, destinationEndpointId: template.destinationEndpointId },
    [...new Set(placed.values())],
  )
  for (const { id, path } of given) {
    const place = placed.get(id)
    if (place === undefined) continue
    const owner = owners.get(place) ?? path
    const why = owner !== path ? whyTaken(owner, place) : isInside(place) ? whyInside(place) : null
    if (why === null) owners.set(place, path)
    else {
      placed.delete(id)
      refused.set(id, why)
    }
  }
  return { placed, refused }
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
