import type { JobView } from '#lib/jobs/queries.ts'

/** A transfer by hand has no name: its source's last folder, or the endpoint itself. */
export function jobTitle({ source }: Pick<JobView, 'source'>): string {
  return source.path.split('/').at(-1) || source.name
}
