'use client'

import { ArrowRight } from 'lucide-react'
import Link from 'next/link'
import { formatCount } from '#app/_components/format.ts'
import { JobProgress } from '#app/_components/job-progress.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { useStream } from '#app/_components/live/use-stream.ts'
import { Notice } from '#app/_components/notice.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { causes } from '#lib/jobs/causes.ts'
import type { JobView } from '#lib/jobs/queries.ts'
import type { SameTransfer } from '#lib/jobs/same-transfer.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { stateSentences } from '#lib/jobs/states.ts'
import { JobButtons } from './job-buttons.tsx'
import { StartedBy } from './started-by.tsx'

/** A row opened in place: enough to decide, with the buttons that apply now. */
export function JobPeek({ view, job, same }: { view: JobView; job: Job; same: SameTransfer }) {
  const { speeds } = useStream()
  return (
    <section
      aria-label="Details of the job"
      className="border-t border-hairline bg-muted/40 px-3.5 pt-3 pb-3.5"
    >
      {job.error && job.state !== 'completed' && (
        <Notice
          tone={job.state === 'failed' ? 'fail' : 'warn'}
          title={causes[job.error.cause].title}
          raw={job.error.message}
          className="mb-3 bg-card"
        >
          {causes[job.error.cause].advice}
        </Notice>
      )}
      <JobProgress {...job} speeds={speeds.get(job.id) ?? []} className="mb-3" />
      <div className="grid gap-x-6 md:grid-cols-2">
        <KeyValues>
          <KeyValue label="State">
            <span className="text-sm">{stateSentences[job.state]}</span>
          </KeyValue>
          <KeyValue label="Started">
            <StartedBy view={view} />
          </KeyValue>
          <KeyValue label="Attempt">{job.attempt}</KeyValue>
        </KeyValues>
        <KeyValues>
          <KeyValue label="Last result of the same transfer">
            {same.last ? (
              <Link href={`/jobs/${same.last.id}`} className="underline-offset-2 hover:underline">
                {same.last.state} <RelativeTime at={same.last.finishedAt} />
              </Link>
            ) : (
              'no other run'
            )}
          </KeyValue>
          <KeyValue label="Last success">
            {job.state === 'completed' && job.finishedAt ? (
              'this run'
            ) : same.success ? (
              <Link href={`/jobs/${same.success.id}`} className="underline-offset-2 hover:underline">
                <RelativeTime at={same.success.finishedAt} />
              </Link>
            ) : (
              'never'
            )}
          </KeyValue>
          <KeyValue label="Unchanged, failed">
            {formatCount(view.unchangedFiles)}, {formatCount(view.failedFiles)}
          </KeyValue>
        </KeyValues>
      </div>
      <div className="mt-3 flex flex-wrap gap-1.5">
        <Button asChild variant="default">
          <Link href={`/jobs/${job.id}`}>
            Open the job
            <ArrowRight aria-hidden />
          </Link>
        </Button>
        <JobButtons job={job} stopRequested={job.state === 'running' ? view.stopRequested : null} />
      </div>
    </section>
  )
}
