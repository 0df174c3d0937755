import Link from 'next/link'
import { formatExactTime } from '#app/_components/format.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Badge } from '#app/_components/ui/badge.tsx'
import { DomainError } from '#lib/errors.ts'
import type { PastFiring } from '#lib/schedules/recent-firings.ts'
import { sayFirings } from '#lib/schedules/say-firings.ts'
import type { Template } from '#lib/templates/schema.ts'
import { HealthMark } from './health-mark.tsx'
import { PastFirings } from './past-firings.tsx'
import { QueueTest } from './queue-test.tsx'
import { scheduleDetails } from './schedule-details.ts'

type Trigger = Template['triggers'][number]

const kinds = { schedule: 'Schedule', watch: 'Folder watch', s3: 'S3 events' } as const

/** What starts a template: in words, how it fares, and what comes next. */
export function TriggerCard({
  trigger,
  words,
  past,
  template,
  mayTest,
}: {
  trigger: Trigger
  words: string
  /** Of a schedule: what became of its last firings. */
  past: PastFiring[]
  template: Template
  mayTest: boolean
}) {
  return (
    <li className="grid gap-1.5 px-3.5 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="font-medium">{words}</p>
        <Badge>{kinds[trigger.type]}</Badge>
      </div>
      <p className="text-sm text-muted-foreground">{details(trigger)}</p>
      {trigger.health ? (
        <HealthLine health={trigger.health} />
      ) : (
        trigger.type !== 'schedule' && (
          <p className="text-sm text-faint">
            {template.enabled ? 'Nobody has reported of it yet.' : 'The template is off, so nobody listens.'}
          </p>
        )
      )}
      {trigger.type === 's3' && trigger.listing && <HealthLine health={trigger.listing} />}
      {trigger.type === 'schedule' && <Firings trigger={trigger} enabled={template.enabled} />}
      {trigger.type === 'schedule' && <PastFirings firings={past} timeZone={trigger.timeZone} />}
      {trigger.type === 's3' && mayTest && <QueueTest input={{ triggerId: trigger.id }} />}
      {trigger.type === 's3' && (
        <Link
          href={`/templates/s3-events?template=${template.id}`}
          className="w-fit text-sm text-primary hover:underline"
        >
          The AWS side: policies and notification
        </Link>
      )}
    </li>
  )
}

function HealthLine({ health }: { health: NonNullable<Trigger['health']> }) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-2">
      <HealthMark health={health} wrap />
      <span className="text-xs text-faint">
        <RelativeTime at={health.at} />
      </span>
    </div>
  )
}

function details(trigger: Trigger): string {
  switch (trigger.type) {
    case 'schedule':
      return scheduleDetails(trigger).join(' ')
    case 'watch':
      return [
        trigger.recursive ? 'Subfolders too.' : 'The folder itself only.',
        trigger.marker
          ? `A file counts when ${trigger.marker} lies beside it.`
          : `A file counts when it did not change for ${trigger.readyAfterSeconds} s.`,
        trigger.existing && 'What lay there before counts as well.',
      ]
        .filter(Boolean)
        .join(' ')
    case 's3':
      return [
        `${trigger.queueUrl} in ${trigger.region}.`,
        trigger.listEveryMinutes > 0
          ? `The bucket is listed every ${trigger.listEveryMinutes} min for what its events did not tell.`
          : 'The bucket is not listed.',
      ].join(' ')
  }
}

function Firings({
  trigger,
  enabled,
}: {
  trigger: Extract<Trigger, { type: 'schedule' }>
  enabled: boolean
}) {
  if (!enabled) return <p className="text-sm text-faint">The template is off, so nothing is due.</p>
  const next = nextOf(trigger)
  if ('error' in next) return <p className="text-sm text-fail">{next.error}</p>
  const { timeZone } = trigger
  const [first, ...rest] = next.times
  if (!first) return <p className="text-sm text-faint">It never comes again.</p>
  return (
    <details>
      <summary className="w-fit cursor-pointer text-sm text-muted-foreground hover:text-foreground">
        Next <RelativeTime at={first} />: {formatExactTime(Date.parse(first), timeZone)}
      </summary>
      <ol className="mt-1 grid gap-0.5 pl-4 text-sm text-muted-foreground">
        {rest.map((at) => (
          <li key={at}>{formatExactTime(Date.parse(at), timeZone)}</li>
        ))}
      </ol>
    </details>
  )
}

/** What a form of today refuses may have been saved before: that must not take the page away. */
function nextOf(trigger: Extract<Trigger, { type: 'schedule' }>): { times: string[] } | { error: string } {
  const { id: _, nextDueAt, health: __, ...schedule } = trigger
  // An interval goes on from the firing that is due.
  const before =
    nextDueAt && schedule.everySeconds !== undefined
      ? new Date(Date.parse(nextDueAt) - schedule.everySeconds * 1000).toISOString()
      : undefined
  try {
    return { times: sayFirings({ ...schedule, ...(before && { since: before }) }).next }
  } catch (error) {
    const why = error instanceof DomainError ? ` ${error.message}` : ''
    return { error: `When it comes next cannot be told.${why}` }
  }
}
