'use client'

import Link from 'next/link'
import { cn } from '../cn.ts'
import { formatCount, formatSpeed } from '../format.ts'
import { StaleNote } from '../stale-note.tsx'
import { useRunning } from './running.ts'

/**
 * "3 running · 412 MiB/s" in the top bar, live; says so when it is late. As wide before the stream has spoken as
 * after, and whatever it says: its neighbours stand still.
 */
export function RunningCounter() {
  const running = useRunning()
  const box = 'flex h-7 w-24 shrink-0 items-center gap-2 rounded-md px-1.5 whitespace-nowrap sm:w-45'
  if (!running) return <div className={box} />
  const { count, speed, staleSeconds } = running
  return (
    <Link
      href={count > 0 ? '/jobs?state=running' : '/jobs'}
      className={cn(box, 'text-muted-foreground hover:text-foreground')}
    >
      <span
        aria-hidden
        className={cn(
          'size-[7px] shrink-0 rounded-full',
          count > 0 ? 'bg-run' : 'bg-input',
          staleSeconds !== null && 'bg-warn max-sm:hidden',
        )}
      />
      {/* On a phone there is room for one of the two. */}
      <span className={cn('min-w-0 truncate', staleSeconds !== null && 'max-sm:sr-only')}>
        {formatCount(count)} running
        {count > 0 && staleSeconds === null && <span className="max-sm:hidden"> · {formatSpeed(speed)}</span>}
      </span>
      <StaleNote seconds={staleSeconds} />
    </Link>
  )
}
