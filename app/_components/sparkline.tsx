import { cn } from './cn.ts'
import { formatSpeed } from './format.ts'

const WIDTH = 1000
const HEIGHT = 40

export type SparklineProps = {
  /** Bytes each second, oldest first, one for each second. */
  speeds: readonly number[]
  className?: string
}

/** The line from zero (a speed's honest floor) to the highest of the points. */
function lineThrough(speeds: readonly number[]): string {
  const peak = Math.max(...speeds, 1)
  const step = WIDTH / Math.max(1, speeds.length - 1)
  return speeds
    .map((speed, index) => {
      const y = HEIGHT - 1.5 - (speed / peak) * (HEIGHT - 4)
      return `${index === 0 ? 'M' : 'L'}${(index * step).toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}

/** The speed over the last minutes. Fewer than two points draw an empty field of the same height: nothing jumps. */
export function Sparkline({ speeds, className }: SparklineProps) {
  if (speeds.length < 2) return <div aria-hidden className={cn('h-10', className)} />
  const line = lineThrough(speeds)
  const peak = Math.max(...speeds)
  const last = speeds[speeds.length - 1] ?? 0
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Speed: now ${formatSpeed(last)}, at most ${formatSpeed(peak)}`}
      className={cn('block h-10 w-full text-run', className)}
    >
      <title>{`Now ${formatSpeed(last)}, at most ${formatSpeed(peak)}`}</title>
      <path d={`${line}V${HEIGHT}H0Z`} fill="currentColor" opacity={0.1} />
      <path
        d={line}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
