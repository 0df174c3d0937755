import { CircleCheck, CirclePause, CircleX, Clock, type LucideIcon, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '#app/_components/cn.ts'
import { formatBytes, formatCount, formatCountOf } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Role } from '#lib/db/schema/users.ts'
import { causes } from '#lib/jobs/causes.ts'
import type { JobView } from '#lib/jobs/queries.ts'
import type { SameTransfer } from '#lib/jobs/same-transfer.ts'
import type { Wait } from '#lib/jobs/states.ts'
import type { Need, Needs } from '#lib/overview/needs.ts'
import { jobTitle } from '../../jobs/_components/job-title.ts'
import { RetryNow } from './retry-now.tsx'

/** What does not go on by itself, each with what can be done about it. */
export function NeedsYou({ needs, role }: { needs: Needs; role: Role }) {
  return (
    <Section title="Needs you" note={needs.items.length > 0 ? formatCount(needs.items.length) : undefined}>
      <Card className="overflow-hidden p-0">
        {needs.items.length === 0 ? (
          <p className="flex items-center gap-2 px-3.5 py-3 text-muted-foreground">
            <CircleCheck aria-hidden className="size-4 text-ok" />
            Nothing. Every transfer’s latest run arrived, runs or waits its turn.
          </p>
        ) : (
          <ul aria-label="Needs you" className="divide-y divide-hairline">
            {needs.items.map((need) => (
              <NeedRow key={keyOf(need)} need={need} role={role} />
            ))}
          </ul>
        )}
        {needs.more && (
          <p className="border-t border-hairline px-3.5 py-2 text-sm">
            <Link href="/jobs?state=failed,pending,paused" className="text-primary hover:underline">
              All that failed or wait
            </Link>
          </p>
        )}
      </Card>
    </Section>
  )
}

function keyOf(need: Need): string {
  return 'view' in need ? need.view.job.id : need.kind
}

function NeedRow({ need, role }: { need: Need; role: Role }) {
  switch (need.kind) {
    case 'worker':
      return (
        <Row icon={CircleX} tone="text-fail" title="The worker is away" action={settings(role)}>
          {need.heardAt ? (
            <>
              Last heard <RelativeTime at={need.heardAt} />. Jobs wait in the queue until it is back; the log
              of the worker says why it ended.
            </>
          ) : (
            'None has ever started. Start File Orbit with npm start, or a worker of its own.'
          )}
        </Row>
      )
    case 'disk':
      return (
        <Row
          icon={TriangleAlert}
          tone="text-warn"
          title={`The data folder’s disk has ${formatBytes(need.free)} left`}
          action={settings(role)}
        >
          The database and the logs live there and stop when it is full. Free space, or move the folder.
        </Row>
      )
    case 'roots':
      return (
        <Row
          icon={TriangleAlert}
          tone="text-warn"
          title="No folder of this machine is allowed yet"
          action={
            role === 'owner' && (
              <Button asChild>
                <Link href="/settings#folders">Allow folders</Link>
              </Button>
            )
          }
        >
          {role === 'owner'
            ? 'Local endpoints work once you say which.'
            : 'An owner can allow some in Settings.'}
        </Row>
      )
    case 'failed':
      return <FailedRow view={need.view} same={need.same} role={role} />
    case 'waiting':
      return <WaitingRow view={need.view} />
  }
}

function settings(role: Role): ReactNode {
  return (
    role === 'owner' && (
      <Button asChild>
        <Link href="/settings#workers">Show workers</Link>
      </Button>
    )
  )
}

function FailedRow({ view, same, role }: { view: JobView; same: SameTransfer; role: Role }) {
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

function WaitingRow({ view }: { view: JobView }) {
  const { job } = view
  const paused = job.state === 'paused'
  return (
    <Row
      icon={paused ? CirclePause : Clock}
      tone={paused ? 'text-idle' : 'text-warn'}
      title={`${jobTitle(view)} → ${view.destination.name} ${paused ? 'is paused' : 'waits'}`}
      action={
        <Button asChild>
          <Link href={`/jobs/${job.id}`} aria-label={`Open ${jobTitle(view)}`}>
            Open
          </Link>
        </Button>
      }
    >
      {paused ? 'It goes on when somebody resumes it.' : waits[job.waitingFor ?? 'approval']}
    </Row>
  )
}

function Row({
  icon: Icon,
  tone,
  title,
  action,
  children,
}: {
  icon: LucideIcon
  tone: string
  title: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-3.5 py-2.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className={cn('flex items-start gap-1.5 font-semibold', tone)}>
          <Icon aria-hidden className="mt-[2px] size-3.5 shrink-0" strokeWidth={2.25} />
          <span className="min-w-0 break-words">{title}</span>
        </p>
        <p className="mt-0.5 text-muted-foreground">{children}</p>
      </div>
      {action && <div className="flex shrink-0 gap-1.5">{action}</div>}
    </li>
  )
}
