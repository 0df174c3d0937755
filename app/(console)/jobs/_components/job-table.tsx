'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { type MouseEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { cn } from '#app/_components/cn.ts'
import { formatCount, formatCountOf } from '#app/_components/format.ts'
import { useFrame } from '#app/_components/frame/frame-context.tsx'
import { mayStart } from '#app/_components/frame/may-start.ts'
import { useStream } from '#app/_components/live/use-stream.ts'
import { Notice } from '#app/_components/notice.tsx'
import { StaleNote } from '#app/_components/stale-note.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Skeleton } from '#app/_components/ui/skeleton.tsx'
import type { Page } from '#lib/cursor.ts'
import type { BulkAnswer } from '#lib/jobs/bulk-jobs.ts'
import type { JobCount } from '#lib/jobs/find-place.ts'
import type { JobListRow } from '#lib/jobs/list-rows.ts'
import type { Answered } from './answer-notice.tsx'
import { JobRow } from './job-row.tsx'
import { jobTitle } from './job-title.ts'
import type { JobAddress } from './jobs-address.ts'
import { useNewJobs } from './use-new-jobs.ts'
import { type Rows, useRows } from './use-rows.ts'
import { useSelection } from './use-selection.ts'
import { useTableKeys } from './use-table-keys.ts'
import { type TallList, useRowHeight, useTallList } from './use-tall-list.ts'

// What a list needs only once somebody opens or chooses a row.
const JobPeek = dynamic(() => import('./job-peek.tsx').then((file) => file.JobPeek), {
  ssr: false,
  loading: () => <div aria-busy className="h-48 border-t border-hairline bg-muted/40" />,
})
const BulkBar = dynamic(() => import('./bulk-bar.tsx').then((file) => file.BulkBar), { ssr: false })
const AnswerNotice = dynamic(() => import('./answer-notice.tsx').then((file) => file.AnswerNotice), {
  ssr: false,
})

export type JobTableProps = {
  filters: JobAddress
  first: Page<JobListRow>
  count: JobCount | null
  /** Begins with the newest job, so that newer ones belong to it. */
  canRefresh: boolean
  /** Shown while there is no row. */
  none: ReactNode
}

/** The jobs list: as long as there are jobs, of which only those near the window are held. */
export function JobTable({ filters, first, count, canRefresh, none }: JobTableProps) {
  const router = useRouter()
  const { person } = useFrame()
  const stream = useStream()
  const box = useRef<HTMLDivElement>(null)
  const rows = useRows(filters, first, count)
  const rowHeight = useRowHeight(53, 85)
  const { list, height, start } = useTallList({ box, count: rows.places, rowHeight })
  const [open, setOpen] = useState<string | null>(null)
  // By its job: newer ones that come above it move its row, not the one that was meant.
  const [marked, setMarked] = useState<{ place: number; id: string | undefined } | null>(null)
  const current =
    marked && (marked.id === undefined ? marked.place : (rows.placeOf(marked.id) ?? marked.place))
  const setCurrent = (place: number | null) =>
    setMarked(place === null ? null : { place, id: rows.at(place)?.view.job.id })
  const [answer, setAnswer] = useState<Answered | null>(null)
  const chosen = useSelection((place) => rows.at(place)?.view.job.id, rows.placeOf)
  // Where there is no job yet, each that comes is newer.
  const news = useNewJobs({ head: canRefresh ? (rows.head ?? '') : null, reload: rows.reload, filters })
  const mayChoose = mayStart(person)
  const items = list.getVirtualItems()
  const from = items[0]?.index ?? 0
  const to = items.at(-1)?.index ?? 0
  const { want } = rows
  // After each drawing: a page that came may leave a gap that the next one fills. What is under way is not asked twice.
  useEffect(() => want(from, to))

  useTableKeys({
    move: (by) => {
      const next = Math.min(rows.places - 1, Math.max(0, current === null ? firstSeen(list) : current + by))
      setCurrent(next)
      list.scrollToIndex(next, { align: 'auto' })
    },
    choose: (range) => {
      if (current !== null && mayChoose) chosen.toggle(current, range)
    },
    leave: () => {
      if (open !== null) setOpen(null)
      else if (chosen.ids.size > 0) chosen.clear()
      else if (current !== null) {
        setCurrent(null)
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      } else return false
      return true
    },
  })
  const currentId = current === null ? undefined : rows.at(current)?.view.job.id
  const drawn = current !== null && current >= from && current <= to
  useEffect(() => {
    if (!currentId || !drawn) return
    const row = box.current?.querySelector<HTMLElement>(`[data-job="${currentId}"] a[data-row]`)
    if (row && document.activeElement !== row) row.focus({ preventScroll: true })
  }, [currentId, drawn])

  const onOpen = (event: MouseEvent, id: string, place: number) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    setCurrent(place)
    // Enter on a row that is open goes on into it.
    if (open === id && event.detail === 0) router.push(`/jobs/${id}`)
    else setOpen(open === id ? null : id)
  }

  return (
    <>
      <div className="mb-1.5 flex min-h-6 flex-wrap items-center justify-between gap-x-4 text-sm text-faint">
        <p>
          {rows.exact
            ? formatCountOf(rows.places, 'job')
            : count
              ? `about ${formatCount(rows.places)} jobs`
              : ''}
          {news.waiting && (
            <Button variant="ghost" className="ml-2 h-6 text-primary" onClick={news.show}>
              Show what is new
            </Button>
          )}
        </p>
        <StaleNote seconds={stream.staleSeconds} />
      </div>
      {answer && <AnswerNotice {...answer} onClose={() => setAnswer(null)} />}
      {rows.failed && (
        <Notice
          tone="warn"
          title="Some rows could not be read"
          live
          className="mb-2"
          action={<Button onClick={() => want(from, to)}>Try again</Button>}
        >
          The server did not answer; what is shown is as it was.
        </Notice>
      )}
      {rows.places === 0 && none}
      <Card className={cn('overflow-clip p-0', rows.places === 0 && 'hidden')}>
        <div ref={box} className="overflow-clip" style={{ height }}>
          <ul
            aria-label="Jobs"
            className="divide-y divide-hairline"
            style={{ transform: `translateY(${start}px)` }}
          >
            {items.map(({ index }) => {
              const row = rows.at(index)
              const id = row?.view.job.id
              const job = row && (stream.jobs?.get(row.view.job.id) ?? row.view.job)
              const isOpen = id !== undefined && id === open
              return (
                <li
                  key={index}
                  ref={list.measureElement}
                  data-index={index}
                  data-job={id}
                  aria-posinset={index + 1}
                  aria-setsize={rows.exact ? rows.places : -1}
                  className={cn(
                    'group relative scroll-mt-16 has-[a:focus-visible]:bg-muted/60',
                    !isOpen && 'hover:bg-muted/60',
                    id && chosen.ids.has(id) && 'bg-selected hover:bg-selected',
                  )}
                >
                  {row && job && id ? (
                    <>
                      <div className={cn('relative', mayChoose && 'pl-8')}>
                        {mayChoose && (
                          <Choose
                            name={jobTitle(row.view)}
                            chosen={chosen.ids.has(id)}
                            onToggle={(range) => {
                              setCurrent(index)
                              chosen.toggle(index, range)
                            }}
                          />
                        )}
                        <JobRow
                          view={row.view}
                          job={job}
                          same={row.same}
                          open={isOpen}
                          onOpen={(event) => onOpen(event, id, index)}
                        />
                      </div>
                      {isOpen && <JobPeek view={row.view} job={job} same={row.same} />}
                    </>
                  ) : (
                    <div aria-hidden className="flex h-21 items-center gap-4 px-3.5 md:h-13">
                      <Skeleton className="h-3.5 w-20" />
                      <Skeleton className="h-3.5 w-2/5" />
                    </div>
                  )}
                </li>
              )
            })}
          </ul>
        </div>
      </Card>
      {chosen.ids.size > 0 && (
        <BulkBar
          ids={chosen.ids}
          full={chosen.full}
          onClear={chosen.clear}
          onAnswer={(action, told) => {
            setAnswer({ action, answer: told, names: namesOf(rows, told) })
            chosen.clear()
            void rows.reload()
          }}
        />
      )}
    </>
  )
}

/** Over the row's own link, which takes the rest of it. */
function Choose({
  name,
  chosen,
  onToggle,
}: {
  name: string
  chosen: boolean
  onToggle: (range: boolean) => void
}) {
  return (
    <label className="absolute inset-y-0 left-0 z-10 flex w-10 items-center justify-center">
      <input
        type="checkbox"
        aria-label={`Choose ${name}`}
        checked={chosen}
        onChange={(event) => onToggle((event.nativeEvent as globalThis.MouseEvent).shiftKey === true)}
        className="size-3.5 accent-primary"
      />
    </label>
  )
}

/** The row that a first `j` goes to: the topmost that is seen. */
function firstSeen(list: TallList['list']): number {
  return list.getVirtualItemForOffset(list.scrollOffset ?? 0)?.index ?? 0
}

function namesOf(rows: Rows, { refused }: BulkAnswer): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { id } of refused) {
    const place = rows.placeOf(id)
    const row = place === undefined ? undefined : rows.at(place)
    if (row) names.set(id, jobTitle(row.view))
  }
  return names
}
