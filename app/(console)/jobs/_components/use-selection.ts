'use client'

import { useState } from 'react'

/** More than the server takes at a time. */
const MOST = 200

export type Selection = {
  ids: ReadonlySet<string>
  /** Puts a job in or out; with `range`, all from the last one that was touched. */
  toggle: (place: number, range: boolean) => void
  clear: () => void
  /** A range reached beyond what can be done at a time. */
  full: boolean
}

/** Chosen jobs by id: they stay chosen when the list moves under them. */
export function useSelection(
  idAt: (place: number) => string | undefined,
  placeOf: (id: string) => number | undefined,
): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [last, setLast] = useState<string | null>(null)
  const [full, setFull] = useState(false)
  const toggle = (place: number, range: boolean) => {
    const id = idAt(place)
    if (!id) return
    const next = new Set(ids)
    const from = last === null ? undefined : placeOf(last)
    if (range && from !== undefined) {
      for (let at = Math.min(from, place); at <= Math.max(from, place); at += 1) {
        const one = idAt(at)
        if (one && next.size < MOST) next.add(one)
      }
      setFull(next.size >= MOST)
    } else if (next.has(id)) {
      next.delete(id)
      setFull(false)
    } else if (next.size < MOST) next.add(id)
    else setFull(true)
    setLast(id)
    setIds(next)
  }
  const clear = () => {
    setIds(new Set())
    setLast(null)
    setFull(false)
  }
  return { ids, toggle, clear, full }
}
