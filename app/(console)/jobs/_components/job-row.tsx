import Link from 'next/link'
import type { MouseEvent } from 'react'
import { cn } from '#app/_components/cn.ts'
import { Speed, TimeLeft } from '#app/_components/figures.tsx'
import { RowProgress } from '#app/_components/job-progress.tsx'
import { Elapsed, RelativeTime } from '#app/_components/relative-time.tsx'
import { StateBadge } from '#app/_components/state-badge.tsx'
import { causes } from '#lib/jobs/causes.ts'
import type { JobView } from '#lib/jobs/queries.ts'
import type { SameTransfer } from '#lib/jobs/same-transfer.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { isTerminal } from '#lib/jobs/states.ts'
import { JobSides } from './job-sides.tsx'
import { triggerNames } from './started-by.tsx'

export type JobRowProps = {
  view: JobView
  job: Job
  same?: SameTransfer
  /** Beside other cards: fewer columns. */
  compact?: boolean
  /** Where the row opens in place; without it the link leads to the job's page. */
  onOpen?: (event: MouseEvent) => void
  open?: boolean
}

/** One job in a list: one height, the state first, what moves live. On a phone it folds into three lines. */
export function JobRow({ view, job, same, compact = false, onOpen, open }: JobRowProps) {
  const running = job.state === 'running'
  return (
    <div
      className={cn(
        'grid h-21 grid-cols-[auto_minmax(0,1fr)] content-center items-center gap-x-3.5 gap-y-1 px-3.5 md:h-13',
        compact
          ? 'md:grid-cols-[92px_minmax(0,1fr)_170px_76px_76px]'
          : 'md:grid-cols-[104px_minmax(0,1fr)_190px_84px_152px]',
      )}
    >
      <StateBadge state={job.state} waitingFor={job.waitingFor} className="max-md:row-start-1" />
      <div className="min-w-0 max-md:col-span-2 max-md:row-start-2">
        <Link
          data-row
          href={`/jobs/${job.id}`}
          prefetch={false}
          onClick={onOpen}
          aria-expanded={onOpen ? open : undefined}
          className="flex min-w-0 items-center gap-1.5 outline-none after:absolute after:inset-x-0 after:top-0 after:h-21 md:after:h-13"
        >
          <JobSides view={view} />
        </Link>
        <Second job={job} same={same} />
      </div>
      <RowProgress {...job} className="max-md:col-span-2 max-md:row-start-3" />
      <div className="text-right max-md:hidden">{running && <Speed value={job.speed} />}</div>
      <div className="truncate text-right text-muted-foreground max-md:row-start-1">
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
  )
}

/** Why it failed, and how the same transfer went at other times: what a person asks of a row next. */
function Second({ job, same }: { job: Job; same?: SameTransfer }) {
  const said = job.error && job.state !== 'completed' ? causes[job.error.cause].title : null
  const other = same?.last && job.state !== 'completed' ? <OtherRuns job={job} same={same} /> : null
  const run = job.template && `${job.template.name}, ${triggerNames[job.trigger ?? 'manual']}`
  if (!run && !said && !other) return null
  return (
    <p
      className={cn('truncate text-xs text-faint', (job.bytes > 0 || job.files > 0) && 'max-md:hidden')}
      title={job.error?.message}
    >
      {run}
      {run && (said || other) && ' · '}
      {said && <span className={job.state === 'retrying' ? 'text-warn' : 'text-fail'}>{said}</span>}
      {said && other && ' · '}
      {other}
    </p>
  )
}

/** "last completed 2 h ago", "last failed 2 h ago, last success 3 d ago". */
export function OtherRuns({ job, same }: { job: Job; same: SameTransfer }) {
  const { last, success } = same
  const earlier = success && success.id !== job.id ? success : null
  if (!last) return null
  return (
    <>
      {(!isTerminal(job.state) || !earlier) && last.state !== 'completed' && (
        <>
          last {last.state} <RelativeTime at={last.finishedAt} />
          {', '}
        </>
      )}
      {earlier ? (
        <>
          last success <RelativeTime at={earlier.finishedAt} />
        </>
      ) : (
        'never succeeded'
      )}
    </>
  )
}
