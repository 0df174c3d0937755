'use client'

import { formatCount, formatSpeed } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { useStream } from '#app/_components/live/use-stream.ts'
import { Card } from '#app/_components/ui/card.tsx'
import type { JobView } from '#lib/jobs/queries.ts'
import type { JobState } from '#lib/jobs/states.ts'
import { JobRow } from '../../jobs/_components/job-row.tsx'

/** The rows that move. A job that ends stays in its place until the page comes anew: nothing jumps. */
export function RunningNow({
  views,
  active,
}: {
  views: JobView[]
  active: Partial<Record<JobState, number>>
}) {
  const { jobs } = useStream()
  const rows = views.map((view) => ({ view, job: jobs?.get(view.job.id) ?? view.job }))
  const speed = rows.reduce((sum, { job }) => sum + job.speed, 0)
  const waiting = (active.queued ?? 0) + (active.retrying ?? 0)
  const more = (active.running ?? 0) - views.length
  return (
    <Section
      title="Running now"
      note={[
        views.length > 0 && `${formatSpeed(speed)} together`,
        waiting > 0 && `${formatCount(waiting)} more in the queue`,
      ]
        .filter(Boolean)
        .join(' · ')}
    >
      <Card className="overflow-hidden p-0">
        {rows.length === 0 ? (
          <p className="px-3.5 py-4 text-muted-foreground">Nothing moves right now.</p>
        ) : (
          <ul aria-label="Running now" className="divide-y divide-hairline">
            {rows.map(({ view, job }) => (
              <li key={view.job.id} className="relative hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60">
                <JobRow view={view} job={job} compact />
              </li>
            ))}
          </ul>
        )}
        {more > 0 && (
          <p className="border-t border-hairline px-3.5 py-2 text-sm text-muted-foreground">
            {formatCount(more)} more run.
          </p>
        )}
      </Card>
    </Section>
  )
}
