import { ScrollText } from 'lucide-react'
import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { visiblePath } from '#app/_components/path-parts.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { orNotFound } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { readLog } from '#lib/jobs/details.ts'
import type { JobLogLine } from '#lib/jobs/schema.ts'

const tones: Record<JobLogLine['level'], string> = {
  debug: 'text-faint',
  info: 'text-muted-foreground',
  notice: 'text-foreground',
  warning: 'text-warn',
  error: 'text-fail',
  critical: 'font-semibold text-fail',
}

/** The job's log: our own lines and rclone's, oldest first. */
export async function LogTab({ ctx, id, cursor }: { ctx: Context; id: string; cursor: string | undefined }) {
  const page = await orNotFound(readLog({ ctx, id, input: cursor ? { cursor } : {} }))
  if (page.items.length === 0) {
    return (
      <EmptyState icon={ScrollText} title="No line yet">
        The log begins when a worker takes the job.
      </EmptyState>
    )
  }
  // Lines have no identity of their own; the list only grows at its end.
  const lines = page.items.map((line, order) => ({ line, key: String(order) }))
  return (
    <>
      <Card className="overflow-hidden p-0">
        <div className="py-1.5 font-mono text-sm">
          {lines.map(({ line, key }) => (
            <div
              key={key}
              className="grid grid-cols-[auto_auto_minmax(0,1fr)] gap-x-3 px-3.5 hover:bg-muted/60"
            >
              <time dateTime={line.at} className="text-faint" title={line.at}>
                {line.at.slice(11, 23)}
              </time>
              <span className={cn('w-[7ch]', tones[line.level])}>{line.level}</span>
              <span className={cn('break-words whitespace-pre-wrap', tones[line.level])}>
                {line.path !== undefined && (
                  <span className="text-foreground">{visiblePath(line.path)}: </span>
                )}
                {line.message}
              </span>
            </div>
          ))}
        </div>
      </Card>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-2">
        <p className="text-sm text-faint">Times are UTC.</p>
        <div className="flex gap-2">
          {cursor && (
            <Button asChild>
              <Link href={`/jobs/${id}?tab=log`}>From the beginning</Link>
            </Button>
          )}
          {page.nextCursor && (
            <Button asChild>
              <Link href={`/jobs/${id}?tab=log&cursor=${page.nextCursor}`}>Later lines</Link>
            </Button>
          )}
        </div>
      </div>
    </>
  )
}
