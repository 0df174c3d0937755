'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { useStream } from '#app/_components/live/use-stream.ts'
import { StaleNote } from '#app/_components/stale-note.tsx'

/** Jobs come and end in bursts: the page is asked for once for all of them, and no more often than this. */
const REFRESH_EVERY_MS = 2000

/** Asks for the page again when a job that it may show has changed its state. Progress needs no asking. */
export function OverviewRefresh({ known }: { known: Record<string, string> }) {
  const router = useRouter()
  const { jobs, staleSeconds } = useStream()
  const seen = useRef<Map<string, string> | null>(null)
  const asked = useRef(0)
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
    if (!changed) return
    const wait = Math.max(100, asked.current + REFRESH_EVERY_MS - Date.now())
    asked.current = Date.now() + wait
    // Not cleared by the next event: at most one more request is under way than is needed.
    setTimeout(() => router.refresh(), wait)
  }, [jobs, known, router])
  return <StaleNote seconds={staleSeconds} className="mt-1" />
}
