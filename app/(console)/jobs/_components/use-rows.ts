'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import type { Page } from '#lib/cursor.ts'
import type { JobCount } from '#lib/jobs/find-place.ts'
import type { JobListRow } from '#lib/jobs/list-rows.ts'
import { type JobAddress, jobsQuery } from './jobs-address.ts'

const PAGE = 100
/** Rows kept; those farthest from what is seen are let go and read again when they are come back to. */
const KEPT = 4_000
/** How far beyond the last known row a list of unknown length is drawn. */
const AHEAD = 30

type Held = {
  rows: Map<number, JobListRow>
  /** By the place of the row that comes after it. */
  cursors: Map<number, string>
  /** Known once the last page has been read. */
  end: number | null
}

export type Rows = {
  at: (place: number) => JobListRow | undefined
  /** The place of a job whose row is held. */
  placeOf: (id: string) => number | undefined
  /** How many places the list has; more may turn up while it is read. */
  places: number
  exact: boolean
  /** Asks for the rows from one place to another, where they are not there yet. */
  want: (from: number, to: number) => void
  /** Reads the list anew from its newest job. */
  reload: () => Promise<void>
  failed: boolean
  head: string | null
}

function holdFirst(first: Page<JobListRow>): Held {
  const rows = new Map(first.items.map((row, place) => [place, row]))
  return {
    rows,
    cursors: new Map(first.nextCursor ? [[first.items.length, first.nextCursor]] : []),
    end: first.nextCursor ? null : first.items.length,
  }
}

/**
 * The list as a table of which only the rows near what is seen are held. They are read page after page by cursor;
 * a place far from any known one is looked for by its number among the jobs that were there when the list was read.
 */
export function useRows(filters: JobAddress, first: Page<JobListRow>, count: JobCount | null): Rows {
  const [held, setHeld] = useState(() => holdFirst(first))
  const [total, setTotal] = useState(count)
  const [failed, setFailed] = useState(false)
  const now = useRef(held)
  const loading = useRef(new Set<number>())
  const head = held.rows.get(0)?.view.job.id ?? first.items[0]?.view.job.id ?? null
  const anchor = useRef(head)
  const take = useCallback((next: Held) => {
    now.current = next
    setHeld(next)
  }, [])
  // The server made the page anew (router.refresh): its rows are the latest.
  const given = useRef(first)
  useEffect(() => {
    if (given.current === first) return
    given.current = first
    anchor.current = first.items[0]?.view.job.id ?? null
    setTotal(count)
    take(holdFirst(first))
  }, [first, count, take])

  const read = useCallback(
    async (place: number, from: Record<string, string>, near: number) => {
      if (loading.current.has(place)) return
      loading.current.add(place)
      const asked = anchor.current
      try {
        const query = jobsQuery(filters)
        for (const [name, value] of Object.entries({ ...from, limit: String(PAGE) })) query.set(name, value)
        const answer = await fetch(`/jobs/rows?${query}`)
        if (!answer.ok) throw new Error(`${answer.status}`)
        const page = (await answer.json()) as Page<JobListRow>
        if (anchor.current === asked) take(withPage(now.current, place, page, near))
        setFailed(false)
      } catch {
        setFailed(true)
      } finally {
        loading.current.delete(place)
      }
    },
    [filters, take],
  )

  const want = useCallback(
    (from: number, to: number) => {
      const { rows, cursors, end } = now.current
      const last = Math.min(to, (end ?? Number.POSITIVE_INFINITY) - 1)
      for (let place = from; place <= last; place += 1) {
        if (rows.has(place)) continue
        const cursor = cursors.get(place)
        if (cursor) return void read(place, { cursor }, place)
        // A search has no places: it is read in its order only.
        if (filters.q || !anchor.current) return
        const start = place - (place % PAGE)
        if (start === 0) return void read(0, {}, place)
        return void read(start, { head: anchor.current, offset: String(start) }, place)
      }
    },
    [filters, read],
  )

  const reload = useCallback(async () => {
    const query = jobsQuery(filters)
    query.set('limit', String(PAGE))
    const answer = await fetch(`/jobs/rows?${query}`)
    if (!answer.ok) return setFailed(true)
    const page = (await answer.json()) as Page<JobListRow>
    anchor.current = page.items[0]?.view.job.id ?? null
    setFailed(false)
    take(holdFirst(page))
  }, [filters, take])

  const known = Math.max(0, ...held.cursors.keys())
  const places =
    held.end ?? Math.max(total?.count ?? 0, known + AHEAD, total && !total.exact ? known + 10 * PAGE : 0)
  return {
    at: (place) => held.rows.get(place),
    placeOf: (id) => {
      for (const [place, row] of held.rows) if (row.view.job.id === id) return place
      return undefined
    },
    places,
    exact: held.end !== null || (total?.exact ?? false),
    want,
    reload,
    failed,
    head,
  }
}

function withPage(held: Held, place: number, page: Page<JobListRow>, near: number): Held {
  const rows = new Map(held.rows)
  for (const [at, row] of page.items.entries()) rows.set(place + at, row)
  const cursors = new Map(held.cursors)
  const after = place + page.items.length
  cursors.delete(place)
  if (page.nextCursor) cursors.set(after, page.nextCursor)
  if (rows.size > KEPT) {
    for (const far of rows.keys()) if (Math.abs(far - near) > KEPT / 2) rows.delete(far)
  }
  // Rows beyond the end that somebody counted were removed since, or never were.
  return { rows, cursors, end: page.nextCursor ? held.end : after }
}
