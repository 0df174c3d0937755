'use client'

import { useEffect, useState } from 'react'
import { formatDuration, formatExactTime, formatRelative } from './format.ts'

const MINUTE = 60_000

/** How long the text stays true: seconds count in the first minute only, later every minute is enough. */
function nextTick(age: number): number {
  if (age < MINUTE) return 1000
  return age < 60 * MINUTE ? MINUTE - (age % MINUTE) : 10 * MINUTE
}

/** The reader's clock, moving only as often as `age` needs, and never in a hidden tab. */
function useClock(time: number, running: boolean): { now: number; awake: boolean } {
  const [now, setNow] = useState(() => Date.now())
  const [awake, setAwake] = useState(false)
  useEffect(() => {
    setAwake(true)
    if (!running) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const tick = () => {
      clearTimeout(timer)
      if (document.hidden) return
      const current = Date.now()
      setNow(current)
      timer = setTimeout(tick, nextTick(Math.abs(current - time)))
    }
    tick()
    document.addEventListener('visibilitychange', tick)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', tick)
    }
  }, [time, running])
  return { now, awake }
}

/**
 * "4 min ago"; on hover the exact time with its zone. The server writes it too: its text may be a second older and
 * its title is in UTC until the browser knows the reader's zone, hence the two allowed differences.
 */
export function RelativeTime({ at, className }: { at: string; className?: string }) {
  const time = Date.parse(at)
  const { now, awake } = useClock(time, true)
  return (
    <time
      dateTime={at}
      title={formatExactTime(time, awake ? undefined : 'UTC')}
      className={className}
      suppressHydrationWarning
    >
      {formatRelative(time, now)}
    </time>
  )
}

/** The time since `from`, moving until `to` is known. */
export function Elapsed({ from, to, className }: { from: string; to: string | null; className?: string }) {
  const start = Date.parse(from)
  const { now } = useClock(start, to === null)
  const end = to === null ? now : Date.parse(to)
  return (
    <span className={className} suppressHydrationWarning>
      {formatDuration(Math.max(0, (end - start) / 1000))}
    </span>
  )
}
