'use client'

import { useEffect, useRef, useState } from 'react'
import { useStream } from '#app/_components/live/use-stream.ts'
import type { JobAddress } from './jobs-address.ts'

/** Jobs come in bursts: the list is read again once for all of them, and no more often than this. */
const RELOAD_EVERY_MS = 1000
/** Who has scrolled farther than this reads: the list does not move under them. */
const AT_THE_TOP_PX = 120

export type NewJobs = { waiting: boolean; show: () => void }

/**
 * Notices jobs that belong on the list and are not there: newer ones, and with a filter by state those that came into
 * it. At the top the list is read again by itself; farther down it is only said.
 */
export function useNewJobs({
  head,
  reload,
  filters,
}: {
  /** The newest job of the list; null where newer ones do not belong to it. */
  head: string | null
  reload: () => Promise<void>
  filters: JobAddress
}): NewJobs {
  const { jobs } = useStream()
  const [waiting, setWaiting] = useState(false)
  const seen = useRef<ReadonlyMap<string, string> | null>(null)
  const due = useRef<ReturnType<typeof setTimeout>>(undefined)
  const byState = Boolean(filters.state)
  const show = () => {
    setWaiting(false)
    window.scrollTo({ top: 0, behavior: 'instant' })
    void reload()
  }
  useEffect(() => {
    if (!jobs || head === null) return
    const before = seen.current
    seen.current = new Map([...jobs].map(([id, job]) => [id, job.state]))
    const news = [...jobs.values()].some(
      ({ id, state }) =>
        (id > head && before?.get(id) === undefined) || (byState && before && before.get(id) !== state),
    )
    if (!news || due.current) return
    due.current = setTimeout(() => {
      due.current = undefined
      if (window.scrollY < AT_THE_TOP_PX) void reload()
      else setWaiting(true)
    }, RELOAD_EVERY_MS / 3)
  }, [jobs, head, byState, reload])
  return { waiting, show }
}
