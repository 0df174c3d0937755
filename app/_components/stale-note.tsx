import { Clock } from 'lucide-react'
import { cn } from './cn.ts'
import { formatDuration } from './format.ts'

/** Says how old the figures are when the stream is late; nothing while they are fresh (null). */
export function StaleNote({ seconds, className }: { seconds: number | null; className?: string }) {
  if (seconds === null) return null
  return (
    <span
      className={cn('inline-flex items-center gap-1.5 text-sm whitespace-nowrap text-warn', className)}
      title="The server has sent nothing for this long; the figures are from then."
    >
      <Clock aria-hidden className="size-3.5" strokeWidth={2.25} />
      {formatDuration(seconds)} old
    </span>
  )
}
