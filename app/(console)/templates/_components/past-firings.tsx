import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { formatExactTime } from '#app/_components/format.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { StateBadge, type Tone, toneText } from '#app/_components/state-badge.tsx'
import { type FiringState, firingSentences } from '#lib/schedules/firing-states.ts'
import type { PastFiring } from '#lib/schedules/recent-firings.ts'

const looks: Record<FiringState, { word: string; tone: Tone }> = {
  fired: { word: 'Fired', tone: 'ok' },
  skipped: { word: 'Skipped', tone: 'idle' },
  failed: { word: 'Failed', tone: 'fail' },
  missed: { word: 'Missed', tone: 'warn' },
}

/** What became of the last times at which a schedule was due, the newest first. */
export function PastFirings({ firings, timeZone }: { firings: PastFiring[]; timeZone: string }) {
  const [last] = firings
  if (!last) return <p className="text-sm text-faint">It was not due yet.</p>
  return (
    <details>
      <summary className="w-fit cursor-pointer text-sm text-muted-foreground hover:text-foreground">
        Last <RelativeTime at={last.dueAt} />: <FateWord state={last.state} />
      </summary>
      <ol aria-label="Last firings" className="mt-1 grid gap-1 pl-4 text-sm text-muted-foreground">
        {firings.map((firing) => (
          <li key={firing.dueAt}>
            <p className="flex flex-wrap items-baseline gap-x-2.5">
              <span>{formatExactTime(Date.parse(firing.dueAt), timeZone)}</span>
              <FateWord state={firing.state} />
              <JobOf firing={firing} />
              {firing.ping && <span className="text-faint">{pingWords(firing.ping)}</span>}
            </p>
            {firing.reason && <p className="break-words text-faint">{firing.reason}</p>}
          </li>
        ))}
      </ol>
    </details>
  )
}

function FateWord({ state }: { state: FiringState }) {
  const { word, tone } = looks[state]
  return (
    <span className={cn('font-semibold', toneText[tone])} title={firingSentences[state]}>
      {word}
    </span>
  )
}

function JobOf({ firing: { jobId, jobState } }: { firing: PastFiring }) {
  if (jobId === null) return null
  if (jobState === null) return <span className="text-faint">its job was removed</span>
  return (
    <Link href={`/jobs/${jobId}`} prefetch={false} className="underline-offset-2 hover:underline">
      <StateBadge state={jobState} />
    </Link>
  )
}

function pingWords({ tries, status, error }: NonNullable<PastFiring['ping']>): string {
  const of = tries > 1 ? ` (call ${tries})` : ''
  if (error !== undefined) return `Ping failed${of}: ${error}`
  return status === undefined ? `Ping under way${of}` : `Ping answered ${status}${of}`
}
