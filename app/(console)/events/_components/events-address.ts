/** The ledger's filters as they stand in the address, unchecked. */
export type EventAddress = { state?: string; templateId?: string; since?: string; until?: string; q?: string }

/** One of a template's or a job's own: what the address does not say. */
export type FixedFilters = { templateId?: string; jobId?: string }

const order = ['state', 'templateId', 'since', 'until', 'q'] as const

export function eventsQuery(filters: EventAddress & FixedFilters): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of [...order, 'jobId'] as const) if (filters[name]) query.set(name, filters[name])
  return query
}

/** `base` is the page, which may show the events in a tab. */
export function eventsAddress(base: string, filters: EventAddress, cursor?: string): string {
  const query = new URLSearchParams(base === '/events' ? {} : { tab: 'events' })
  for (const name of order) if (filters[name]) query.set(name, filters[name])
  if (cursor) query.set('cursor', cursor)
  return query.size > 0 ? `${base}?${query}` : base
}
