import type { JobView } from '#lib/jobs/queries.ts'

/** A run has its template's name; a transfer by hand that of its source's last folder, or of the endpoint itself. */
export function jobTitle({ source, job }: Pick<JobView, 'source' | 'job'>): string {
  return job.template?.name ?? (source.path.split('/').at(-1) || source.name)
}
