import { CircleCheck } from 'lucide-react'
import Link from 'next/link'
import { Bytes } from '#app/_components/figures.tsx'
import { formatCountOf } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { JobView } from '#lib/jobs/queries.ts'
import { JobSides } from '../../jobs/_components/job-sides.tsx'

/** The latest that arrived. */
export function Successes({ views }: { views: JobView[] }) {
  return (
    <Section title="Last successes">
      <Card className="overflow-hidden p-0">
        {views.length === 0 ? (
          <p className="px-3.5 py-4 text-muted-foreground">No job has completed yet.</p>
        ) : (
          <ul aria-label="Last successes" className="divide-y divide-hairline">
            {views.map((view) => (
              <li
                key={view.job.id}
                className="relative grid min-h-9 grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-2.5 px-3.5 py-1.5 hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60"
              >
                <CircleCheck aria-hidden className="size-3.5 text-ok" strokeWidth={2.25} />
                <Link
                  data-row
                  href={`/jobs/${view.job.id}`}
                  className="flex min-w-0 items-center gap-1.5 outline-none after:absolute after:inset-0"
                >
                  <JobSides view={view} />
                </Link>
                <span className="text-right text-sm whitespace-nowrap text-muted-foreground">
                  <span className="max-sm:hidden">
                    {formatCountOf(view.job.files, 'file')} · <Bytes value={view.job.bytes} /> ·{' '}
                  </span>
                  <RelativeTime at={view.job.finishedAt ?? view.job.createdAt} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Section>
  )
}
