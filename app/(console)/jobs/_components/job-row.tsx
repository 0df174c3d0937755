import { ArrowRight } from 'lucide-react'
import Link from 'next/link'
import { Speed, TimeLeft } from '#app/_components/figures.tsx'
import { RowProgress } from '#app/_components/job-progress.tsx'
import { KindIcon } from '#app/_components/kind-icon.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Elapsed, RelativeTime } from '#app/_components/relative-time.tsx'
import { StateBadge } from '#app/_components/state-badge.tsx'
import { causes } from '#lib/jobs/causes.ts'
import type { JobView, Side } from '#lib/jobs/queries.ts'
import type { Job } from '#lib/jobs/schema.ts'

/** One job in a list: one height, the state first, what moves live. On a phone it folds into two lines. */
export function JobRow({ view, job }: { view: JobView; job: Job }) {
  const running = job.state === 'running'
  return (
    <li className="relative hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60">
      <div className="grid min-h-13 grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3.5 gap-y-1 px-3.5 py-2 md:grid-cols-[104px_minmax(0,1fr)_210px_84px_110px]">
        <StateBadge state={job.state} waitingFor={job.waitingFor} className="max-md:row-start-1" />
        <div className="min-w-0 max-md:col-span-2 max-md:row-start-2">
          <Link
            data-row
            href={`/jobs/${job.id}`}
            className="flex min-w-0 items-center gap-1.5 outline-none after:absolute after:inset-0"
          >
            <SideName side={view.source} />
            <ArrowRight aria-label="to" className="size-3 shrink-0 text-faint" />
            <SideName side={view.destination} />
          </Link>
          {job.error && (
            <p className="truncate text-xs text-fail" title={job.error.message}>
              {causes[job.error.cause].title}
            </p>
          )}
        </div>
        <RowProgress {...job} className="max-md:col-span-2 max-md:row-start-3" />
        <div className="text-right max-md:hidden">{running && <Speed value={job.speed} />}</div>
        <div className="text-right text-muted-foreground max-md:row-start-1">
          {running && job.etaSeconds !== null ? (
            <span>
              <TimeLeft seconds={job.etaSeconds} /> left
            </span>
          ) : (
            <>
              <RelativeTime at={job.finishedAt ?? job.createdAt} />
              {job.startedAt && job.finishedAt && (
                <span className="text-faint max-md:hidden">
                  {' · '}
                  <Elapsed from={job.startedAt} to={job.finishedAt} />
                </span>
              )}
            </>
          )}
        </div>
      </div>
    </li>
  )
}

function SideName({ side }: { side: Side }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <KindIcon type={side.type} />
      <span className="shrink-0 font-medium">{side.name}</span>
      {side.path !== '' && <PathText path={side.path} />}
    </span>
  )
}
