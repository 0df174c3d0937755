import { CirclePause, CircleX, Clock } from 'lucide-react'
import Link from 'next/link'
import { formatCount, formatCountOf } from '#app/_components/format.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { Role } from '#lib/db/schema/users.ts'
import { causes } from '#lib/jobs/causes.ts'
import type { JobView } from '#lib/jobs/queries.ts'
import type { SameTransfer } from '#lib/jobs/same-transfer.ts'
import type { Wait } from '#lib/jobs/states.ts'
import { jobTitle } from '../../jobs/_components/job-title.ts'
import { OpenLink, Row } from './need-row.tsx'
import { RetryNow } from './retry-now.tsx'

/** A failed job that no later run has answered. */
export function FailedRow({ view, same, role }: { view: JobView; same: SameTransfer; role: Role }) {
  const { job } = view
  const cause = causes[job.error?.cause ?? 'unknown']
  return (
    <Row
      icon={CircleX}
      tone="text-fail"
      title={
        <>
          {jobTitle(view)} → {view.destination.name} failed{' '}
          <RelativeTime at={job.finishedAt ?? job.createdAt} />
        </>
      }
      action={
        <>
          {role !== 'viewer' && <RetryNow id={job.id} />}
          <Button asChild>
            <Link href={`/jobs/${job.id}`} aria-label={`Show why ${jobTitle(view)} failed`}>
              Show why
            </Link>
          </Button>
        </>
      }
    >
      {cause.title}.{view.failedFiles > 0 && ` ${formatCountOf(view.failedFiles, 'file')} failed`}
      {view.failedFiles > 0 && job.files > 0 && `, ${formatCount(job.files)} arrived.`}
      {view.failedFiles > 0 && job.files === 0 && '.'}{' '}
      {same.success ? (
        <>
          Last success <RelativeTime at={same.success.finishedAt} />.
        </>
      ) : (
        'It has never succeeded.'
      )}
    </Row>
  )
}

const waits: Record<Wait, string> = {
  parent: 'It starts when the job before it has ended.',
  approval: 'It starts when somebody has approved it; nothing was touched.',
  endpoint: 'One of its endpoints does not answer.',
  limit: 'As many run as are allowed; it starts when one has ended.',
  space: 'The destination has too little space.',
}

/** A job that waits for somebody. */
export function WaitingRow({ view }: { view: JobView }) {
  const { job } = view
  const paused = job.state === 'paused'
  return (
    <Row
      icon={paused ? CirclePause : Clock}
      tone={paused ? 'text-idle' : 'text-warn'}
      title={`${jobTitle(view)} → ${view.destination.name} ${paused ? 'is paused' : 'waits'}`}
      action={<OpenLink href={`/jobs/${job.id}`} what={jobTitle(view)} />}
    >
      {paused ? 'It goes on when somebody resumes it.' : waits[job.waitingFor ?? 'approval']}
    </Row>
  )
}
