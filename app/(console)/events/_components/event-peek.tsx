'use client'

import { RotateCw } from 'lucide-react'
import Link from 'next/link'
import { Bytes } from '#app/_components/figures.tsx'
import { formatExactTime } from '#app/_components/format.ts'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { EventRow } from '#lib/events/list-rows.ts'
import { eventSentences } from '#lib/events/states.ts'
import { EventFate } from './event-state.tsx'

const sources = { watch: 'a folder watch', s3: 'a queue of S3 events' } as const

/** A row opened in place: what happened when, and what became of it. */
export function EventPeek({
  row: { event, template },
  mayReplay,
  onReplay,
}: {
  row: EventRow
  mayReplay: boolean
  onReplay: () => void
}) {
  const detail = Object.entries(event.detail)
  return (
    <section
      aria-label="Details of the event"
      className="border-t border-hairline bg-muted/40 px-3.5 pt-3 pb-3.5"
    >
      <p className="mb-2">{event.reason ?? eventSentences[event.state]}</p>
      <div className="grid gap-x-6 md:grid-cols-2">
        <KeyValues>
          <KeyValue label="What">
            {event.kind}, told by {sources[event.source]}
          </KeyValue>
          <KeyValue label="File">
            <PathText path={event.path} wrap />
          </KeyValue>
          {event.size !== null && (
            <KeyValue label="Size">
              <Bytes value={event.size} />
            </KeyValue>
          )}
          {event.destinationPath !== null && (
            <KeyValue label="Goes to">
              <PathText path={event.destinationPath} wrap />
            </KeyValue>
          )}
          <KeyValue label="Template">
            {template.deleted ? (
              `${template.name} (deleted)`
            ) : (
              <Link href={`/templates/${event.templateId}`} className="underline underline-offset-2">
                {template.name}
              </Link>
            )}
          </KeyValue>
        </KeyValues>
        <KeyValues>
          <KeyValue label="Happened">{formatExactTime(Date.parse(event.occurredAt))}</KeyValue>
          <KeyValue label="Received">{formatExactTime(Date.parse(event.receivedAt))}</KeyValue>
          <KeyValue label="Settled">
            {event.settledAt ? formatExactTime(Date.parse(event.settledAt)) : 'not yet'}
          </KeyValue>
          <KeyValue label="Id">
            <span className="font-mono text-sm break-all">{event.id}</span>
          </KeyValue>
          {detail.map(([name, value]) => (
            <KeyValue key={name} label={name}>
              <span className="font-mono text-sm break-all">{value}</span>
            </KeyValue>
          ))}
        </KeyValues>
      </div>
      {event.earlier.length > 0 && (
        <section aria-label="Earlier fates" className="mt-3">
          <p className="font-medium">Before it was replayed</p>
          <ul className="mt-1 grid gap-1 text-sm">
            {event.earlier.toReversed().map((fate) => (
              <li key={fate.replayedAt} className="flex flex-wrap items-center gap-x-2">
                <EventFate state={fate.state} />
                <span>{formatExactTime(Date.parse(fate.settledAt))}</span>
                <span className="min-w-0 break-words text-muted-foreground">
                  {fate.reason ?? fate.destinationPath}
                </span>
                {fate.jobId && (
                  <Link href={`/jobs/${fate.jobId}`} className="underline underline-offset-2">
                    its job
                  </Link>
                )}
                <span className="text-muted-foreground">
                  replayed by {fate.replayedBy}, {formatExactTime(Date.parse(fate.replayedAt))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div className="mt-3 flex flex-wrap gap-1.5">
        {event.jobId && (
          <Button asChild variant="default">
            <Link href={`/jobs/${event.jobId}`}>Open its job</Link>
          </Button>
        )}
        {mayReplay && event.state !== 'pending' && (
          <Button onClick={onReplay}>
            <RotateCw aria-hidden />
            Replay…
          </Button>
        )}
      </div>
    </section>
  )
}
