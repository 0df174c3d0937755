import { ScrollText } from 'lucide-react'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { orNotFound } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { readLogLines } from '#lib/jobs/log-lines.ts'
import type { JobState } from '#lib/jobs/states.ts'
import { LogView } from './log-view.tsx'

/** The job's log: our own lines and rclone's, oldest first; its end, or what lies around a line of it. */
export async function LogTab({
  ctx,
  id,
  state,
  search: { line, level },
}: {
  ctx: Context
  id: string
  state: JobState
  search: Record<string, string | undefined>
}) {
  const batch = line && /^\d{1,9}\.\d{1,9}$/.test(line) ? Number(line.split('.')[0]) : null
  const stretch = batch === null ? {} : { from: Math.max(1, batch - 1) }
  const lines = await orNotFound(readLogLines({ ctx, id, input: { ...stretch, ...(level && { level }) } }))
  if (lines.last === null && state !== 'running') {
    return (
      <EmptyState icon={ScrollText} title="No line yet">
        The log begins when a worker takes the job.
      </EmptyState>
    )
  }
  return (
    <LogView
      key={`${line} ${level}`}
      id={id}
      state={state}
      initial={lines}
      line={batch === null ? null : line!}
      level={level ?? 'debug'}
    />
  )
}
