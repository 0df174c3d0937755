'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { useStream } from '#app/_components/live/use-stream.ts'
import type { Page } from '#lib/cursor.ts'
import type { EventRow } from '#lib/events/list-rows.ts'
import { type EventAddress, eventsQuery, type FixedFilters } from './events-address.ts'

const PAGE = 100
/** Held in the browser at most; what is older is a page of its own. */
const MOST_HELD = 5000
/** Events come in bursts: the list is read again once for all of them, and no more often than this. */
const RELOAD_EVERY_MS = 1000
/** Who has scrolled farther than this reads: the list does not move under them. */
const AT_THE_TOP_PX = 120

type Held = { cursor: string | null; items: EventRow[]; next: string | null }

export type Events = {
  rows: EventRow[]
  /** Where older ones begin; null at the end. */
  next: string | null
  /** As many are held as may be. */
  full: boolean
  failed: boolean
  /** Newer ones came while somebody read farther down. */
  waiting: boolean
  more: () => Promise<void>
  reload: () => Promise<void>
  /** Which rows are seen: those are kept up to date. */
  see: (from: number, to: number) => void
}

/**
 * The ledger as pages by cursor, each read again by its own: a page holds the same events for ever, with their fates
 * of now. Only the first grows, and it is replaced only for who is at the top.
 */
export function useEvents(
  filters: EventAddress & FixedFilters,
  first: Page<EventRow>,
  cursor: string | null,
): Events {
  const [pages, setPages] = useState<Held[]>([{ cursor, items: first.items, next: first.nextCursor }])
  const [failed, setFailed] = useState(false)
  const [waiting, setWaiting] = useState(false)
  const held = useRef(pages)
  held.current = pages
  const seen = useRef({ from: 0, to: 0 })
  const reading = useRef(false)
  const query = eventsQuery(filters).toString()

  const read = useCallback(
    async (at: string | null): Promise<Held | null> => {
      const asked = new URLSearchParams(query)
      asked.set('limit', String(PAGE))
      if (at) asked.set('cursor', at)
      try {
        const answer = await fetch(`/events/rows?${asked}`)
        if (!answer.ok) throw new Error(String(answer.status))
        const page = (await answer.json()) as Page<EventRow>
        setFailed(false)
        return { cursor: at, items: page.items, next: page.nextCursor }
      } catch {
        setFailed(true)
        return null
      }
    },
    [query],
  )

  const more = useCallback(async () => {
    const last = held.current.at(-1)
    if (!last?.next || reading.current) return
    reading.current = true
    const page = await read(last.next)
    if (page) setPages((now) => (now.at(-1)?.next === page.cursor ? [...now, page] : now))
    reading.current = false
  }, [read])

  const reload = useCallback(async () => {
    const page = await read(cursor)
    if (!page) return
    setWaiting(false)
    setPages([page])
  }, [read, cursor])

  const renew = useCallback(async () => {
    if (window.scrollY < AT_THE_TOP_PX) return reload()
    let start = 0
    for (const page of held.current) {
      const end = start + page.items.length
      if (end > seen.current.from && start <= seen.current.to) {
        const fresh = await read(page.cursor)
        if (!fresh) return
        const known = new Set(page.items.map(({ event }) => event.id))
        if (fresh.items.some(({ event }) => !known.has(event.id))) setWaiting(true)
        const latest = new Map(fresh.items.map((row) => [row.event.id, row]))
        setPages((now) =>
          now.map((one) =>
            one.cursor === page.cursor
              ? { ...one, items: one.items.map((row) => latest.get(row.event.id) ?? row) }
              : one,
          ),
        )
      }
      start = end
    }
    if (held.current[0]?.cursor === null) {
      const newest = await read(null)
      const top = held.current[0].items[0]?.event.id
      if (newest?.items[0] && newest.items[0].event.id !== top) setWaiting(true)
    }
  }, [read, reload])

  const { ledger } = useStream()
  const heard = useRef<number | null>(null)
  const due = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (ledger === 0 || heard.current === ledger) return
    // The first time as well: something may have come between the server's page and the stream's beginning.
    heard.current = ledger
    if (due.current) return
    due.current = setTimeout(() => {
      due.current = undefined
      void renew()
    }, RELOAD_EVERY_MS / 3)
  }, [ledger, renew])
  useEffect(() => () => clearTimeout(due.current), [])

  const rows = pages.flatMap(({ items }) => items)
  const next = pages.at(-1)?.next ?? null
  return {
    rows,
    next,
    full: rows.length >= MOST_HELD,
    failed,
    waiting,
    more,
    reload,
    see: (from, to) => {
      seen.current = { from, to }
    },
  }
}
