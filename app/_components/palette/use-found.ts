'use client'

import { useEffect, useState } from 'react'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { Template } from '#lib/templates/schema.ts'

/** Typing settles for this long before the server is asked. */
const SETTLE_MS = 200

export type Found = {
  jobs: Job[]
  endpoints: Endpoint[]
  templates: Template[]
  searching: boolean
  /** The server did not answer: that nothing was found says nothing. */
  failed: boolean
}

const nothing: Found = { jobs: [], endpoints: [], templates: [], searching: false, failed: false }

async function list<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const answer = await fetch(`/api/v1${path}`, { signal })
  if (!answer.ok) throw new Error(`${answer.status}`)
  return ((await answer.json()) as { items: T[] }).items
}

/** Endpoints, templates and jobs whose names or paths hold the words; no jobs while nothing is typed. */
export function useFound(words: string): Found {
  const [found, setFound] = useState(nothing)
  useEffect(() => {
    const stop = new AbortController()
    setFound((now) => ({ ...now, searching: true }))
    const q = words.trim() ? `&q=${encodeURIComponent(words.trim())}` : ''
    const timer = setTimeout(async () => {
      try {
        const [endpoints, templates, jobs] = await Promise.all([
          list<Endpoint>(`/endpoints?limit=8${q}`, stop.signal),
          list<Template>(`/templates?limit=6${q}`, stop.signal),
          q ? list<Job>(`/jobs?limit=6${q}`, stop.signal) : [],
        ])
        setFound({ endpoints, templates, jobs, searching: false, failed: false })
      } catch {
        if (!stop.signal.aborted) setFound({ ...nothing, failed: true })
      }
    }, SETTLE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [words])
  return found
}
