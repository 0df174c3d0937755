'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import type { FileEntry, FileSort, FileWindow } from '#lib/files/schema.ts'

const PAGE = 500
/** Rows kept; those farthest from what is seen are let go and asked for again when they are come back to. */
const KEPT_PAGES = 12
/** A very large folder of a far storage takes longer than one answer may: it is asked for again. */
const MOST_TRIES = 12
const TRY_AGAIN_MS = 1500

export type Asked = { endpointId: string; path: string; q: string; below: boolean; sort: FileSort }

type State = {
  state: 'loading' | 'ready' | 'failed'
  message: string | null
  listing: string | null
  total: number
  complete: boolean
  pages: ReadonlyMap<number, FileEntry[]>
}

const nothing: State = {
  state: 'loading',
  message: null,
  listing: null,
  total: 0,
  complete: true,
  pages: new Map(),
}

export type Listing = Omit<State, 'pages' | 'listing'> & {
  at: (row: number) => FileEntry | undefined
  /** Asks for the rows that are not there yet. */
  want: (from: number, to: number) => void
  reload: () => void
}

/** One folder, or what was found in it, of which only the rows near what is seen are held. */
export function useListing({ endpointId, path, q, below, sort }: Asked): Listing {
  const [held, setHeld] = useState(nothing)
  const [visit, setVisit] = useState(0)
  const now = useRef(held)
  const asking = useRef(new Map<number, AbortController>())
  const key = JSON.stringify([endpointId, path, q, below, sort, visit])
  const current = useRef(key)
  const take = useCallback((next: State) => {
    now.current = next
    setHeld(next)
  }, [])

  const ask = useCallback(
    async (page: number) => {
      if (asking.current.has(page)) return
      const abort = new AbortController()
      asking.current.set(page, abort)
      const asked = current.current
      const query = new URLSearchParams({ path: sayPath(path), sort, limit: String(PAGE) })
      if (page > 0) query.set('offset', String(page * PAGE))
      if (q) query.set('q', q)
      if (q && below) query.set('below', 'true')
      if (now.current.listing) query.set('listing', now.current.listing)
      try {
        const found = await read(`/endpoints/${endpointId}/rows?${query}`, abort.signal)
        if (current.current !== asked) return
        if (typeof found === 'string') take({ ...now.current, state: 'failed', message: found })
        else take(withPage(now.current, page, found))
      } catch (error) {
        if (abort.signal.aborted || current.current !== asked) return
        take({ ...now.current, state: 'failed', message: (error as Error).message })
      } finally {
        if (asking.current.get(page) === abort) asking.current.delete(page)
      }
    },
    [endpointId, path, q, below, sort, take],
  )

  useEffect(() => {
    current.current = key
    take({ ...nothing })
    void ask(0)
    const waiting = asking.current
    return () => {
      for (const abort of waiting.values()) abort.abort()
      waiting.clear()
    }
  }, [key, ask, take])

  const want = useCallback(
    (from: number, to: number) => {
      const { state, pages, total } = now.current
      if (state !== 'ready' || total === 0) return
      for (
        let page = Math.floor(from / PAGE);
        page <= Math.floor(Math.min(to, total - 1) / PAGE);
        page += 1
      ) {
        if (!pages.has(page)) void ask(page)
      }
    },
    [ask],
  )
  const reload = useCallback(() => setVisit((before) => before + 1), [])
  const { pages, listing: _, ...rest } = held
  return { ...rest, want, reload, at: (row) => pages.get(Math.floor(row / PAGE))?.[row % PAGE] }
}

/** The server takes no path that begins with ":". */
export function sayPath(path: string): string {
  return path.startsWith(':') ? `./${path}` : path
}

async function read(address: string, signal: AbortSignal): Promise<FileWindow | string> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(address, { signal })
    const body = await answer.json()
    if (answer.ok) return body as FileWindow
    const words = (body as { detail?: string }).detail ?? 'The folder could not be listed.'
    if (answer.status !== 503 || !/still being listed/.test(words) || tries >= MOST_TRIES) return words
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
  }
}

function withPage(held: State, page: number, { items, listing, total, complete }: FileWindow): State {
  // Another listing than before: what was cut from the old one does not fit it.
  const pages = new Map(held.listing === listing ? held.pages : [])
  pages.set(page, items)
  for (const far of pages.keys()) if (Math.abs(far - page) > KEPT_PAGES) pages.delete(far)
  return { state: 'ready', message: null, listing, total, complete, pages }
}
