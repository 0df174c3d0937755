import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { visiblePath } from '#app/_components/path-parts.ts'
import type { PlacedLine } from '#lib/jobs/log-lines.ts'
import type { JobLogLine } from '#lib/jobs/schema.ts'

const tones: Record<JobLogLine['level'], string> = {
  debug: 'text-faint',
  info: 'text-muted-foreground',
  notice: 'text-foreground',
  warning: 'text-warn',
  error: 'text-fail',
  critical: 'font-semibold text-fail',
}

/** One line; its time is a link to it. */
export function LogLine({ line, href, marked }: { line: PlacedLine; href: string; marked: boolean }) {
  return (
    <div
      id={`L${line.id}`}
      aria-current={marked ? 'true' : undefined}
      className={cn(
        'grid scroll-mt-16 gap-x-3 px-3.5 sm:grid-cols-[auto_auto_minmax(0,1fr)]',
        marked ? 'bg-selected' : 'hover:bg-muted/60',
      )}
    >
      <span className="flex gap-x-3 sm:contents">
        <Link
          href={href}
          scroll={false}
          prefetch={false}
          title={`${line.at}: link to this line`}
          className="text-faint hover:underline"
        >
          <time dateTime={line.at}>{line.at.slice(11, 23)}</time>
        </Link>
        <span className={cn('w-[8ch]', tones[line.level])}>{line.level}</span>
      </span>
      <span className={cn('break-words whitespace-pre-wrap', tones[line.level])}>
        {line.path !== undefined && <span className="text-foreground">{visiblePath(line.path)}: </span>}
        {line.message}
      </span>
    </div>
  )
}
