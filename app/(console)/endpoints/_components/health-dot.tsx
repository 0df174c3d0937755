import { CircleCheck, CircleDashed, CircleX } from 'lucide-react'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import type { HealthState } from '#lib/endpoints/health-schema.ts'
import { type Cause, causes } from '#lib/jobs/causes.ts'

/** "ok 2 min ago", "failed: The storage refused the sign-in". */
export function HealthDot({ health }: { health: HealthState }) {
  const { state, lastSuccess, lastFailure } = health
  const look = 'inline-flex min-w-0 items-center gap-1.5 text-sm'
  if (state === 'ok' && lastSuccess) {
    return (
      <span className={look}>
        <CircleCheck aria-hidden className="size-3.5 shrink-0 text-ok" />
        <span className="truncate text-muted-foreground">
          ok <RelativeTime at={lastSuccess.at} />
        </span>
      </span>
    )
  }
  if (state === 'failed' && lastFailure) {
    const why = causeWords(lastFailure)
    return (
      <span className={look} title={lastFailure.message ?? why}>
        <CircleX aria-hidden className="size-3.5 shrink-0 text-fail" />
        <span className="truncate text-fail">failed: {why}</span>
      </span>
    )
  }
  return (
    <span className={look}>
      <CircleDashed aria-hidden className="size-3.5 shrink-0 text-idle" />
      <span className="truncate text-muted-foreground">not tried yet</span>
    </span>
  )
}

export function causeWords({ cause, message }: { cause: string | null; message: string | null }): string {
  if (cause !== null && cause !== 'unknown' && cause in causes) return causes[cause as Cause].title
  return message ?? 'it did not answer'
}
