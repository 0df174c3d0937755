'use client'

import Link from 'next/link'
import { cn } from '../cn.ts'
import { formatCount, formatSpeed } from '../format.ts'
import { StaleNote } from '../stale-note.tsx'
import { useRunning } from './running.ts'

/** "3 running · 412 MiB/s" in the top bar, live; says so when it is late. */
export function RunningCounter() {
  const running = useRunning()
  if (!running) return null
  const { count, speed, staleSeconds } = running
  return (
    <Link
      href={count > 0 ? '/jobs?state=running' : '/jobs'}
      className="flex h-7 items-center gap-2 rounded-md px-1.5 whitespace-nowrap text-muted-foreground hover:text-foreground"
    >
      <span
        aria-hidden
        className={cn(
          'size-[7px] rounded-full',
          count > 0 ? 'bg-run' : 'bg-input',
          staleSeconds !== null && 'bg-warn',
        )}
      />
      <span>
        {formatCount(count)} running
        {count > 0 && <span className="max-sm:hidden"> · {formatSpeed(speed)}</span>}
      </span>
      <StaleNote seconds={staleSeconds} className="max-sm:hidden" />
    </Link>
  )
}
