import type { Context } from '#lib/context.ts'
import { NotFoundError } from '#lib/errors.ts'
import { isId } from '#lib/parse.ts'
import { getEndpoint, listEndpoints } from './queries.ts'
import type { Endpoint } from './schema.ts'

/** What a list to choose from shows of an endpoint. */
export type EndpointChoice = Pick<Endpoint, 'id' | 'name' | 'type' | 'path'>

/** More than anybody looks through; a page of 2,000 has 200 KiB of them. */
const MOST = 2000

/**
 * The endpoints by name, as many as a list can hold, and those that are `asked` for wherever they stand: a form that
 * was opened for one must not show another in its place. One that is not there is not among them.
 */
export async function endpointChoices({
  ctx,
  asked = [],
}: {
  ctx: Context
  asked?: readonly (string | undefined)[]
}): Promise<EndpointChoice[]> {
  const found: Endpoint[] = []
  let cursor: string | null = null
  do {
    const page = await listEndpoints({ ctx, input: { limit: 200, ...(cursor && { cursor }) } })
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor && found.length < MOST)
  for (const id of new Set(asked)) {
    if (id === undefined || !isId(id) || found.some((one) => one.id === id)) continue
    const one = await getEndpoint({ ctx, id }).catch((error: unknown) => {
      if (error instanceof NotFoundError) return null
      throw error
    })
    if (one) found.push(one)
  }
  return found.map(({ id, name, type, path }) => ({ id, name, type, path }))
}
