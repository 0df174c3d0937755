/** What is kept of the listings of a bucket, from one to the next. */
export type ListingState = {
  /** The trigger's, when it was listed; with another one all begins anew. */
  since: string
  /** Which endpoint, bucket and prefix. */
  base: string
  /** Objects that came before are none of ours: the endpoint had another bucket or prefix until then. */
  countsFrom?: string
  /** Objects that were there by then are accounted for. */
  until: string
  at: string
  state: 'ok' | 'warn' | 'fail'
  message: string
  /** How many came without an event, lately, and when the last of them was found. */
  found: number
  foundAt: string | null
  /** One of them. */
  example: string | null
}

/** For so long a page says that events did not come. */
const REMEMBERED_MS = 24 * 60 * 60_000

/** The state after a listing that found so many. */
export function afterListing(
  before: ListingState | null,
  now: Pick<ListingState, 'since' | 'base' | 'countsFrom' | 'until' | 'found' | 'example'> & { at: Date },
): ListingState {
  const { found, at, ...rest } = now
  const isRecent =
    before?.foundAt != null &&
    before.since === now.since &&
    at.getTime() - Date.parse(before.foundAt) < REMEMBERED_MS
  const total = found + (isRecent ? before.found : 0)
  const example = now.example ?? (isRecent ? before.example : null)
  const state = { ...rest, at: at.toISOString(), found: total, example }
  if (total === 0) {
    const message = 'The listing of the bucket found no object whose event is missing.'
    return { ...state, foundAt: null, state: 'ok', message }
  }
  const objects = total === 1 ? '1 object' : `${total} objects`
  const message = `${objects} came without an event${example === null ? '' : `, such as ${example}`}. A listing of the bucket found ${total === 1 ? 'it' : 'them'}. Is the bucket’s notification still set up, and is the queue read?`
  return {
    ...state,
    foundAt: found > 0 || !before?.foundAt ? at.toISOString() : before.foundAt,
    state: 'warn',
    message,
  }
}
