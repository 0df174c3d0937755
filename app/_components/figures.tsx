import { cn } from './cn.ts'
import { formatBytes, formatExactBytes, formatSpeed, formatTimeLeft, unknown } from './format.ts'

type FigureProps = { className?: string }

function Unknown({ className, why }: FigureProps & { why: string }) {
  return (
    <span className={cn('text-faint', className)} title={why}>
      <span aria-hidden>{unknown}</span>
      <span className="sr-only">{why}</span>
    </span>
  )
}

/** A size in IEC units; the exact number of bytes on hover. Null is "not known". */
export function Bytes({ value, className }: FigureProps & { value: number | bigint | null }) {
  if (value === null) return <Unknown className={className} why="Size not known" />
  return (
    <span className={cn('whitespace-nowrap', className)} title={formatExactBytes(value)}>
      {formatBytes(value)}
    </span>
  )
}

/** Bytes each second, written in MiB/s; exact on hover. */
export function Speed({ value, className }: FigureProps & { value: number | null }) {
  if (value === null) return <Unknown className={className} why="Speed not known" />
  return (
    <span
      className={cn('whitespace-nowrap', className)}
      title={`${formatExactBytes(Math.round(value))} each second`}
    >
      {formatSpeed(value)}
    </span>
  )
}

/** What rclone expects to need still, in seconds. */
export function TimeLeft({ seconds, className }: FigureProps & { seconds: number | null }) {
  if (seconds === null) return <Unknown className={className} why="Time left not known" />
  return (
    <span className={cn('whitespace-nowrap', className)} title="Estimated by rclone from the average speed">
      {formatTimeLeft(seconds)}
    </span>
  )
}
