import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { formatBytes, formatCount, formatCountOf } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Role } from '#lib/db/schema/users.ts'
import type { MoreNeeds, Need, Needs } from '#lib/overview/needs.ts'
import type { RaisedFiring } from '#lib/schedules/raised-firings.ts'
import { FailedRow, WaitingRow } from './job-needs.tsx'
import { OpenLink, Row } from './need-row.tsx'
import { SeenNow } from './seen-now.tsx'

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
        {needs.more.length > 0 && (
          <p className="flex flex-wrap gap-x-5 border-t border-hairline px-3.5 py-2 text-sm">
            {needs.more.map((one) => (
              <Link key={one} href={others[one].href} className="text-primary hover:underline">
                {others[one].label}
              </Link>
            ))}
          </p>
        )}
      </Card>
    </Section>
  )
}

const others: Record<MoreNeeds, { href: string; label: string }> = {
  jobs: { href: '/jobs?state=failed,pending,paused', label: 'All that failed or wait' },
  templates: { href: '/templates', label: 'All templates, with how they fare' },
  events: { href: '/events?state=dead', label: 'All dead events' },
}

function keyOf(need: Need): string {
  if (need.kind === 'firing') return need.firing.triggerId
  if ('view' in need) return need.view.job.id
  if (need.kind === 'trigger') return need.templateId + need.message
  return need.kind === 'dead' ? `dead ${need.templateId}` : need.kind
}

const fed = {
  not_fed: (template: string) => `${template} is not fed`,
  events_missing: (template: string) => `Events of ${template} did not come`,
  not_listed: (template: string) => `The bucket of ${template} cannot be listed`,
} as const

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
    case 'firing':
      return <FiringRow firing={need.firing} role={role} />
    case 'trigger':
      return (
        <Row
          icon={TriangleAlert}
          tone="text-fail"
          title={fed[need.what](need.template)}
          action={<OpenLink href={`/templates/${need.templateId}`} what={need.template} />}
        >
          {need.message}
        </Row>
      )
    case 'unaccounted':
      return (
        <Row
          icon={TriangleAlert}
          tone="text-fail"
          title={`${formatCountOf(need.count, 'event')} unaccounted for`}
          action={<OpenLink href="/events?state=pending" what="the events that wait" />}
        >
          The books do not agree: {need.why}. The log of the worker says more; what can be mended is mended
          there.
        </Row>
      )
    case 'dead':
      return (
        <Row
          icon={TriangleAlert}
          tone="text-fail"
          title={`${need.atLeast ? 'At least ' : ''}${formatCountOf(need.count, 'event')} of ${need.template} ${need.count === 1 ? 'is' : 'are'} dead`}
          action={
            <OpenLink
              href={`/events?state=dead&templateId=${need.templateId}`}
              what={`the dead events of ${need.template}`}
            />
          }
        >
          Nothing can be made of them as they are. Each says why; once that is mended, replay them.
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

function FiringRow({ firing, role }: { firing: RaisedFiring; role: Role }) {
  return (
    <Row
      icon={TriangleAlert}
      tone={firing.state === 'failed' ? 'text-fail' : 'text-warn'}
      title={
        <>
          {firing.template} was not run <RelativeTime at={firing.dueAt} />
        </>
      }
      action={
        <>
          {role !== 'viewer' && <SeenNow triggerId={firing.triggerId} template={firing.template} />}
          <OpenLink href={`/templates/${firing.templateId}`} what={firing.template} />
        </>
      }
    >
      {firing.reason}
      {firing.more > 0 && ` The same holds for ${formatCountOf(firing.more, 'time')} before.`}
    </Row>
  )
}
