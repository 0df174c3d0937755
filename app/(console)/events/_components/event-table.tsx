'use client'

import { RotateCw, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { type MouseEvent, useEffect, useRef, useState } from 'react'
import { cn } from '#app/_components/cn.ts'
import { formatCountOf } from '#app/_components/format.ts'
import { useFrame } from '#app/_components/frame/frame-context.tsx'
import { mayStart } from '#app/_components/frame/may-start.ts'
import { useStream } from '#app/_components/live/use-stream.ts'
import { Notice } from '#app/_components/notice.tsx'
import { StaleNote } from '#app/_components/stale-note.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { useSelection } from '#app/(console)/jobs/_components/use-selection.ts'
import { useTableKeys } from '#app/(console)/jobs/_components/use-table-keys.ts'
import { useRowHeight, useTallList } from '#app/(console)/jobs/_components/use-tall-list.ts'
import type { Page } from '#lib/cursor.ts'
import type { EventRow as Row } from '#lib/events/list-rows.ts'
import { EventRow } from './event-row.tsx'
import { type EventAddress, eventsAddress, type FixedFilters } from './events-address.ts'
import { useEvents } from './use-events.ts'

const EventPeek = dynamic(() => import('./event-peek.tsx').then((file) => file.EventPeek), {
  ssr: false,
  loading: () => <div aria-busy className="h-56 border-t border-hairline bg-muted/40" />,
})
const ReplayDialog = dynamic(() => import('./replay-dialog.tsx').then((file) => file.ReplayDialog), {
  ssr: false,
})

/** The next page is asked for when so many rows are left below the window. */
const AHEAD = 40

/** The ledger as a list: rows open in place, are chosen and replayed, and follow the stream without jumping. */
export function EventTable({
  base,
  filters,
  fixed,
  first,
  cursor,
}: {
  base: string
  filters: EventAddress
  fixed: FixedFilters
  first: Page<Row>
  /** Where the list begins; null at the newest. */
  cursor: string | null
}) {
  const { person } = useFrame()
  const stream = useStream()
  const box = useRef<HTMLDivElement>(null)
  const events = useEvents({ ...filters, ...fixed }, first, cursor)
  const { rows } = events
  const rowHeight = useRowHeight(37, 61)
  const { list, height, start } = useTallList({ box, count: rows.length, rowHeight })
  const [open, setOpen] = useState<string | null>(null)
  const [marked, setMarked] = useState<string | null>(null)
  const [replaying, setReplaying] = useState<readonly string[] | null>(null)
  const placeOf = (id: string) => {
    const at = rows.findIndex(({ event }) => event.id === id)
    return at < 0 ? undefined : at
  }
  const chosen = useSelection((place) => rows[place]?.event.id, placeOf)
  const mayReplay = mayStart(person)
  const items = list.getVirtualItems()
  const from = items[0]?.index ?? 0
  const to = items.at(-1)?.index ?? 0
  const { more, see, next, full } = events
  useEffect(() => {
    see(from, to)
    if (to >= rows.length - AHEAD && next && !full) void more()
  })
  const current = marked === null ? undefined : placeOf(marked)
  useTableKeys({
    move: (by) => {
      const seen = list.getVirtualItemForOffset(list.scrollOffset ?? 0)?.index ?? 0
      const place = Math.min(rows.length - 1, Math.max(0, current === undefined ? seen : current + by))
      setMarked(rows[place]?.event.id ?? null)
      list.scrollToIndex(place, { align: 'auto' })
    },
    choose: (range) => {
      if (current !== undefined && mayReplay) chosen.toggle(current, range)
    },
    leave: () => {
      if (open !== null) setOpen(null)
      else if (chosen.ids.size > 0) chosen.clear()
      else if (marked !== null) {
        setMarked(null)
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      } else return false
      return true
    },
  })
  const drawn = current !== undefined && current >= from && current <= to
  useEffect(() => {
    if (!marked || !drawn) return
    const row = box.current?.querySelector<HTMLElement>(`[data-event="${marked}"] a[data-row]`)
    if (row && document.activeElement !== row) row.focus({ preventScroll: true })
  }, [marked, drawn])
  const onOpen = (event: MouseEvent, id: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    setMarked(id)
    setOpen(open === id ? null : id)
  }
  return (
    <>
      <div className="mb-1.5 flex min-h-6 flex-wrap items-center justify-between gap-x-4 text-sm text-faint">
        <p>
          {cursor && (
            <Link href={eventsAddress(base, filters)} className="text-primary hover:underline">
              Back to the newest
            </Link>
          )}
          {events.waiting && !cursor && (
            <Button
              variant="ghost"
              className="h-6 text-primary"
              onClick={() => {
                window.scrollTo({ top: 0, behavior: 'instant' })
                void events.reload()
              }}
            >
              Show what is new
            </Button>
          )}
        </p>
        <StaleNote seconds={stream.staleSeconds} />
      </div>
      {events.failed && (
        <Notice
          tone="warn"
          title="The ledger could not be read on"
          live
          className="mb-2"
          action={<Button onClick={() => void (next ? more() : events.reload())}>Try again</Button>}
        >
          The server did not answer; what is shown is as it was.
        </Notice>
      )}
      {rows.length === 0 && (
        <p role="status" className="py-6 text-center text-muted-foreground">
          {next ? 'Searching older events…' : 'No event matches.'}
        </p>
      )}
      <Card className={cn('overflow-clip p-0', rows.length === 0 && 'invisible')}>
        <div ref={box} className="overflow-clip" style={{ height }}>
          <ul
            aria-label="Events"
            className="divide-y divide-hairline"
            style={{ transform: `translateY(${start}px)` }}
          >
            {items.map(({ index }) => {
              const row = rows[index]
              if (!row) return null
              const { id } = row.event
              const isOpen = open === id
              return (
                <li
                  key={id}
                  ref={list.measureElement}
                  data-index={index}
                  data-event={id}
                  aria-posinset={index + 1}
                  aria-setsize={next ? -1 : rows.length}
                  className={cn(
                    'relative scroll-mt-16 has-[a:focus-visible]:bg-muted/60',
                    !isOpen && 'hover:bg-muted/60',
                    chosen.ids.has(id) && 'bg-selected hover:bg-selected',
                  )}
                >
                  <div className={cn('relative', mayReplay && 'pl-8')}>
                    {mayReplay && (
                      <label className="absolute inset-y-0 left-0 z-10 flex w-10 items-center justify-center">
                        <input
                          type="checkbox"
                          aria-label={`Choose ${row.event.path}`}
                          checked={chosen.ids.has(id)}
                          onChange={(change) => {
                            setMarked(id)
                            const { shiftKey } = change.nativeEvent as globalThis.MouseEvent
                            chosen.toggle(index, shiftKey === true)
                          }}
                          className="size-3.5 accent-primary"
                        />
                      </label>
                    )}
                    <EventRow
                      row={row}
                      href={eventsAddress(base, { ...filters, q: row.event.path })}
                      open={isOpen}
                      onOpen={(event) => onOpen(event, id)}
                    />
                  </div>
                  {isOpen && (
                    <EventPeek row={row} mayReplay={mayReplay} onReplay={() => setReplaying([id])} />
                  )}
                </li>
              )
            })}
          </ul>
        </div>
      </Card>
      {full && next && (
        <div className="mt-3 flex justify-end">
          <Button asChild>
            <Link href={eventsAddress(base, filters, next)}>Older events</Link>
          </Button>
        </div>
      )}
      {chosen.ids.size > 0 && (
        <section
          aria-label="Chosen events"
          className="fixed inset-x-3 bottom-[calc(68px+env(safe-area-inset-bottom))] z-30 mx-auto flex w-fit max-w-full flex-wrap items-center gap-1.5 rounded-lg bg-popover px-3 py-2 shadow-float md:bottom-5"
        >
          <p role="status" className="mr-2 font-semibold">
            {formatCountOf(chosen.ids.size, 'event')} chosen{chosen.full && ' (the most at a time)'}
          </p>
          <Button onClick={() => setReplaying([...chosen.ids])}>
            <RotateCw aria-hidden />
            Replay…
          </Button>
          <Button
            variant="ghost"
            size="icon"
            aria-label="Choose none"
            title="Choose none (Esc)"
            onClick={chosen.clear}
          >
            <X aria-hidden />
          </Button>
        </section>
      )}
      {replaying && (
        <ReplayDialog
          ids={replaying}
          nameOf={(id) => rows.find(({ event }) => event.id === id)?.event.path}
          onClose={() => setReplaying(null)}
          onDone={() => {
            setReplaying(null)
            chosen.clear()
            void events.reload()
          }}
        />
      )}
    </>
  )
}
