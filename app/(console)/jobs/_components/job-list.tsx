'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { useStream } from '#app/_components/live/use-stream.ts'
import { StaleNote } from '#app/_components/stale-note.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { JobView } from '#lib/jobs/queries.ts'
import { JobRow } from './job-row.tsx'
import { useListKeys } from './use-list-keys.ts'

/** New jobs often come in bursts: the list is asked again once for all of them. */
const REFRESH_AFTER_MS = 300

/** Jobs as the server found them, with what the stream has said since. `live`: new ones belong on this page. */
export function JobList({ views, live }: { views: JobView[]; live: boolean }) {
  const router = useRouter()
  const { jobs, staleSeconds } = useStream()
  const known = useRef(new Set<string>())
  const list = useListKeys()
  for (const view of views) known.current.add(view.job.id)
  useEffect(() => {
    if (!live || !jobs) return
    const fresh = [...jobs.keys()].filter((id) => !known.current.has(id))
    if (fresh.length === 0) return
    const timer = setTimeout(() => {
      for (const id of fresh) known.current.add(id)
      router.refresh()
    }, REFRESH_AFTER_MS)
    return () => clearTimeout(timer)
  }, [jobs, live, router])
  return (
    <>
      <StaleNote seconds={staleSeconds} className="mb-1" />
      <Card className="overflow-hidden p-0">
        <ul ref={list} aria-label="Jobs" className="divide-y divide-hairline">
          {views.map((view) => (
            <JobRow key={view.job.id} view={view} job={jobs?.get(view.job.id) ?? view.job} />
          ))}
        </ul>
      </Card>
    </>
  )
}
