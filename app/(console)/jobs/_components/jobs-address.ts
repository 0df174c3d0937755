import type { JobFilters } from '#lib/jobs/schema.ts'

/** The list's filters as they stand in the address, unchecked. */
export type JobAddress = Partial<Record<keyof JobFilters, string>>

/** In one order, so that the same filters are the same address. */
const order = ['state', 'endpointId', 'templateId', 'operation', 'within', 'since', 'until', 'q'] as const

export function jobsQuery(filters: JobAddress): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of order) if (filters[name]) query.set(name, filters[name])
  return query
}

export function jobsAddress(filters: JobAddress): string {
  const query = jobsQuery(filters)
  return query.size > 0 ? `/jobs?${query}` : '/jobs'
}
