'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { formatCount, formatCountOf } from '#app/_components/format.ts'
import { PageHeader } from '#app/_components/frame/page.tsx'
import { JobProgress } from '#app/_components/job-progress.tsx'
import { useStream } from '#app/_components/live/use-stream.ts'
import { Notice } from '#app/_components/notice.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { StaleNote } from '#app/_components/stale-note.tsx'
import { StateBadge } from '#app/_components/state-badge.tsx'
import { WayOfBytes } from '#app/_components/way-of-bytes.tsx'
import { causes } from '#lib/jobs/causes.ts'
import type { JobView, Side } from '#lib/jobs/queries.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { JobButtons } from './job-buttons.tsx'
import { StartedBy } from './started-by.tsx'

/** The rest of the page comes from the server: it is asked again this often while files move. */
const REFRESH_EVERY_MS = 2000

/** What a job is, where its bytes go and how far they are; live, whichever tab is open below. */
export function JobHead({ view, title }: { view: JobView; title: string }) {
  const router = useRouter()
  const stream = useStream()
  const job = stream.jobs?.get(view.job.id) ?? view.job
  const running = job.state === 'running'
  useEffect(() => {
    if (job.state !== view.job.state || job.attempt !== view.job.attempt) router.refresh()
    if (!running) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') router.refresh()
    }, REFRESH_EVERY_MS)
    return () => clearInterval(timer)
  }, [job.state, job.attempt, view.job.state, view.job.attempt, running, router])
  return (
    <>
      <PageHeader
        title={title}
        badge={<StateBadge state={job.state} waitingFor={job.waitingFor} />}
        meta={
          <>
            attempt {job.attempt} · {job.startedAt ? 'started ' : 'created '}
            <RelativeTime at={job.startedAt ?? job.createdAt} /> <StartedBy view={view} />
          </>
        }
        actions={<JobButtons job={job} stopRequested={running ? view.stopRequested : null} />}
      />
      <StaleNote seconds={stream.staleSeconds} className="mt-1" />
      {job.error && (job.state === 'failed' || job.state === 'retrying') && (
        <Why job={job} view={view} className="mt-4" />
      )}
      <WayOfBytes
        className="mt-5"
        source={sideOf(view.source)}
        destination={sideOf(view.destination)}
        operation={job.operation}
        agent={job.startedAt ? 'this machine' : null}
        moving={running}
      />
      <JobProgress className="mt-5" {...job} speeds={stream.speeds.get(job.id) ?? []} />
    </>
  )
}

/** Why it failed, in a sentence, with what to do; the machine's own words below. */
function Why({ job, view, className }: { job: Job; view: JobView; className: string }) {
  if (!job.error) return null
  const { title, advice } = causes[job.error.cause]
  const failed = job.state === 'failed'
  return (
    <Notice
      className={className}
      tone={failed ? 'fail' : 'warn'}
      title={`${title}${failed ? '' : '; it is tried again by itself'}`}
      raw={job.error.message}
    >
      {advice}
      {view.failedFiles > 0 && (
        <>
          {' '}
          {formatCountOf(view.failedFiles, 'file')} failed, {formatCount(job.files)} arrived.
        </>
      )}
    </Notice>
  )
}

function sideOf(side: Side) {
  return {
    name: side.deleted ? `${side.name} (deleted)` : side.name,
    type: side.type,
    path: side.path === '' ? side.root : side.path,
    ...(!side.deleted && { href: `/endpoints/${side.id}` }),
  }
}
