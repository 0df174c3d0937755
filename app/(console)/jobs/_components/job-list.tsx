'use client'

import { useStream } from '#app/_components/live/use-stream.ts'
import { Card } from '#app/_components/ui/card.tsx'
import type { JobView } from '#lib/jobs/queries.ts'
import { JobRow } from './job-row.tsx'

/** A few jobs as the server found them, with what the stream has said since. */
export function JobList({ views }: { views: JobView[] }) {
  const { jobs } = useStream()
  return (
    <Card className="overflow-hidden p-0">
      <ul aria-label="Jobs" className="divide-y divide-hairline">
        {views.map((view) => (
          <li key={view.job.id} className="relative hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60">
            <JobRow view={view} job={jobs?.get(view.job.id) ?? view.job} />
          </li>
        ))}
      </ul>
    </Card>
  )
}
