'use client'

import Link from 'next/link'
import { useState } from 'react'
import { cn } from '#app/_components/cn.ts'
import { formatBytes, formatCount, formatCountOf, formatExactBytes } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { MovedDay } from '#lib/overview/moved-by-day.ts'

/** One unit wide a day, so that the picture needs no measuring. */
const GAP = 0.28
const BYTES_HIGH = 64
const FILES_HIGH = 22

/** "21 Nov"; days are UTC on the server as in the browser. */
function shortDay(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  })
}

function sentence({ day, bytes, files, completed, failed }: MovedDay): string {
  const jobs = `${formatCountOf(completed + failed, 'job')}${failed > 0 ? `, ${formatCount(failed)} failed` : ''}`
  return `${shortDay(day)}: ${formatBytes(bytes)} in ${formatCountOf(files, 'file')}, ${jobs}`
}

/** What was moved on each day: bytes above, files below. Each day is a link to its jobs, and says its figures. */
export function MovedChart({ days }: { days: MovedDay[] }) {
  const [shown, setShown] = useState<MovedDay | null>(null)
  const bytes = days.reduce((sum, day) => sum + day.bytes, 0)
  const files = days.reduce((sum, day) => sum + day.files, 0)
  return (
    <Section title="Moved" note={`${days.length} days · ${formatBytes(bytes)}`}>
      <Card className="px-3 pt-2.5 pb-2">
        <div className="relative" onPointerLeave={() => setShown(null)}>
          <Bars days={days} of="bytes" high={BYTES_HIGH} shown={shown} />
          <Bars days={days} of="files" high={FILES_HIGH} shown={shown} className="mt-1.5" />
          <ul
            aria-label="Moved on each day"
            className="absolute inset-0 grid"
            style={{ gridTemplateColumns: `repeat(${days.length}, minmax(0, 1fr))` }}
          >
            {days.map((day) => (
              <li key={day.day} className="contents">
                <Link
                  href={`/jobs?since=${day.day}&until=${day.day}`}
                  prefetch={false}
                  aria-label={sentence(day)}
                  className="rounded-sm hover:bg-muted/60 focus-visible:outline-offset-0"
                  onPointerEnter={() => setShown(day)}
                  onFocus={() => setShown(day)}
                  onBlur={() => setShown(null)}
                />
              </li>
            ))}
          </ul>
        </div>
        <div aria-hidden className="mt-1 flex h-4 justify-between text-xs text-faint">
          {shown ? (
            <span className="truncate text-foreground" title={formatExactBytes(shown.bytes)}>
              {sentence(shown)}
            </span>
          ) : (
            <>
              <span>{shortDay(days[0]!.day)}</span>
              <span>bytes above, {formatCountOf(files, 'file')} below</span>
              <span>today</span>
            </>
          )}
        </div>
      </Card>
    </Section>
  )
}

function Bars({
  days,
  of,
  high,
  shown,
  className,
}: {
  days: MovedDay[]
  of: 'bytes' | 'files'
  high: number
  shown: MovedDay | null
  className?: string
}) {
  const peak = Math.max(...days.map((day) => day[of]), 1)
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${days.length} ${high}`}
      preserveAspectRatio="none"
      className={cn('block w-full', of === 'bytes' ? 'h-16' : 'h-5.5', className)}
    >
      {days.map((day, at) => {
        // What was moved is seen, however little beside the peak.
        const height = day[of] > 0 ? Math.max(2, (day[of] / peak) * (high - 1)) : 0.75
        const lit = shown ? shown.day === day.day : at === days.length - 1
        return (
          <rect
            key={day.day}
            x={at + GAP / 2}
            y={high - height}
            width={1 - GAP}
            height={height}
            className={cn(
              day[of] === 0 ? 'fill-border' : of === 'bytes' ? 'fill-run' : 'fill-idle',
              day[of] > 0 && !lit && 'opacity-40',
            )}
          />
        )
      })}
    </svg>
  )
}
