'use client'

import { formatExactTime } from '#app/_components/format.ts'
import type { SchedulePreview as Preview } from '#lib/schedules/say-firings.ts'
import type { Asked } from './use-asked.ts'

/** The schedule in words and its next ten firings. Its place is kept from the beginning: nothing below it moves. */
export function SchedulePreview({ asked }: { asked: Asked<Preview> }) {
  const { value, refusal, asking } = asked
  return (
    <div
      aria-live="polite"
      aria-busy={asking}
      className="h-68 overflow-hidden rounded-md border bg-muted/40 px-3 py-2.5 sm:h-37"
    >
      {refusal ? (
        <p className="text-muted-foreground">{refusal.issues[0]?.message ?? refusal.message}</p>
      ) : (
        value && (
          <div>
            <p className="font-medium">{value.words}</p>
            <ol
              aria-label="Next firings"
              className="mt-1.5 grid gap-x-6 gap-y-0.5 text-sm text-muted-foreground sm:grid-flow-col sm:grid-cols-2 sm:grid-rows-5"
            >
              {value.next.map((at) => (
                <li key={at} className="truncate">
                  {formatExactTime(Date.parse(at), value.timeZone)}
                </li>
              ))}
            </ol>
          </div>
        )
      )}
    </div>
  )
}
