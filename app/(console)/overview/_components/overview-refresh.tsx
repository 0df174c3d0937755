'use client'

import { useEffect, useRef } from 'react'
import { useRefresh } from '#app/_components/live/use-refresh.ts'
import { useStream } from '#app/_components/live/use-stream.ts'
import { StaleNote } from '#app/_components/stale-note.tsx'

/** Of a firing that was missed or a disk that fills up no stream tells. */
const AGAIN_MS = 60_000

/** Asks for the page again when a job that it may show has changed its state. Progress needs no asking. */
export function OverviewRefresh({ known }: { known: Record<string, string> }) {
  const refresh = useRefresh()
  const { jobs, staleSeconds } = useStream()
  const seen = useRef<Map<string, string> | null>(null)
  useEffect(() => {
    if (!jobs) return
    const before = seen.current
    seen.current = new Map([...jobs].map(([id, job]) => [id, job.state]))
    // At first against what the server rendered: of others that have ended since it says nothing wrong.
    const changed = [...jobs.values()].some((job) =>
      before
        ? before.get(job.id) !== job.state
        : known[job.id] === undefined
          ? job.state === 'running'
          : known[job.id] !== job.state,
    )
    if (changed) refresh()
  }, [jobs, known, refresh])
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) refresh()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [refresh])
  return <StaleNote seconds={staleSeconds} className="mt-1" />
}
