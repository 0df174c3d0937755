import Link from 'next/link'
import type { MouseEvent } from 'react'
import { Bytes } from '#app/_components/figures.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import type { EventRow as Row } from '#lib/events/list-rows.ts'
import { EventFate } from './event-state.tsx'

/** One event in the ledger: its fate, its file, where it went or why not. One height, two lines on a phone. */
export function EventRow({
  row: { event, template },
  href,
  open,
  onOpen,
}: {
  row: Row
  href: string
  open: boolean
  onOpen: (event: MouseEvent) => void
}) {
  return (
    <div className="grid h-15 grid-cols-[112px_minmax(0,1fr)] content-center items-center gap-x-3 gap-y-0.5 px-3.5 md:h-9 md:grid-cols-[112px_minmax(0,1.2fr)_minmax(0,1fr)_84px_84px]">
      <EventFate state={event.state} />
      <Link
        data-row
        href={href}
        prefetch={false}
        onClick={onOpen}
        aria-expanded={open}
        className="flex min-w-0 outline-none after:absolute after:inset-x-0 after:top-0 after:h-15 md:after:h-9"
      >
        <PathText path={event.path} />
      </Link>
      <span className="flex min-w-0 text-sm text-muted-foreground max-md:col-span-2">
        {event.reason ? (
          <span className="truncate" title={event.reason}>
            {event.reason}
          </span>
        ) : event.destinationPath !== null ? (
          <PathText path={event.destinationPath} />
        ) : (
          <span className="truncate">{template.name}</span>
        )}
      </span>
      <span className="text-right text-sm text-muted-foreground max-md:hidden">
        {event.size !== null && <Bytes value={event.size} />}
      </span>
      <RelativeTime at={event.receivedAt} className="text-right text-sm text-faint max-md:hidden" />
    </div>
  )
}
