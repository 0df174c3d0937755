'use client'

import { useStream } from '../live/use-stream.ts'

/** How many jobs run now and how fast together; null until the stream has spoken. */
export function useRunning(): { count: number; speed: number; staleSeconds: number | null } | null {
  const { jobs, staleSeconds } = useStream()
  if (!jobs) return null
  let count = 0
  let speed = 0
  for (const job of jobs.values()) {
    if (job.state !== 'running') continue
    count += 1
    speed += job.speed
  }
  return { count, speed, staleSeconds }
}
