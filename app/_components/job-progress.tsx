'use client'

import type { JobState } from '#lib/jobs/states.ts'
import { cn } from './cn.ts'
import { Speed, TimeLeft } from './figures.tsx'
import {
  type Amounts,
  formatBytes,
  formatBytesOf,
  formatCount,
  formatCountOf,
  formatExactBytes,
  formatPercent,
  shareDone,
} from './format.ts'
import { useSmooth } from './live/use-smooth.ts'
import { Sparkline } from './sparkline.tsx'
import { toneOf } from './state-badge.tsx'
import { Progress } from './ui/progress.tsx'

export type JobProgressProps = Amounts & {
  state: JobState
  /** Bytes each second; 0 where nothing moves. */
  speed: number
  etaSeconds: number | null
}

function amountsText({ bytes, totalBytes, files, totalFiles }: Amounts): string {
  const sizes = bytes < totalBytes ? formatBytesOf(bytes, totalBytes) : formatBytes(bytes)
  const counts =
    files < totalFiles
      ? `${formatCount(files)} of ${formatCountOf(totalFiles, 'file')}`
      : formatCountOf(files, 'file')
  return `${sizes} · ${counts}`
}

/** A completed job is whole, whatever the last figures said before it ended. */
function shareOf(props: JobProgressProps): number | null {
  if (props.state === 'completed') return 1
  return shareDone(props) ?? (props.state === 'running' ? null : 0)
}

function hasMoved({ bytes, files }: Amounts): boolean {
  return bytes > 0 || files > 0
}

function useMoving(props: JobProgressProps) {
  const smooth = { ...props, bytes: useSmooth(props.bytes), files: Math.floor(useSmooth(props.files)) }
  return { smooth, share: shareOf(props), smoothShare: shareOf(smooth) }
}

/** The page's own: percentage, figures, one bar, and the speed of the last minutes under the part that is done. */
export function JobProgress(props: JobProgressProps & { speeds?: readonly number[]; className?: string }) {
  const { smooth, share, smoothShare } = useMoving(props)
  const running = props.state === 'running'
  if (!running && !hasMoved(props) && props.state !== 'completed') return null
  return (
    <div className={props.className}>
      <div className="mb-1.5 flex flex-wrap items-baseline justify-between gap-x-4">
        <p title={`${formatExactBytes(props.bytes)} moved`} className="text-muted-foreground">
          {smoothShare !== null && (
            <span className="mr-2 text-lg font-semibold text-foreground">{formatPercent(smoothShare)}</span>
          )}
          {amountsText(smooth)}
          {smoothShare === null && <span className="text-faint"> · still counting</span>}
        </p>
        {running && (
          <p className="text-muted-foreground">
            <Speed value={props.speed} className="font-semibold text-foreground" />
            {props.etaSeconds !== null && (
              <>
                {' · about '}
                <TimeLeft seconds={props.etaSeconds} />
                {' left'}
              </>
            )}
          </p>
        )}
      </div>
      <Progress
        share={share}
        label="Progress of the job"
        valueText={amountsText(props)}
        tone={toneOf(props.state)}
        className="h-2"
      />
      {running && props.speeds && (
        <div className="mt-2" style={{ width: `${Math.max(12, (share ?? 1) * 100)}%` }}>
          <Sparkline speeds={props.speeds} />
        </div>
      )}
    </div>
  )
}

/**
 * The same in a row of a list. Of a job that has ended the figures say all: a column of full bars would only be
 * noise beside what still moves.
 */
export function RowProgress({ className, ...props }: JobProgressProps & { className?: string }) {
  const { smooth, share } = useMoving(props)
  const running = props.state === 'running'
  if (!running && !hasMoved(props)) return <div className={className} />
  const withBar = running || props.state === 'retrying' || props.state === 'paused'
  return (
    <div className={cn('min-w-0', className)}>
      {withBar && (
        <Progress
          share={share}
          label="Progress"
          valueText={amountsText(props)}
          tone={toneOf(props.state)}
          className="mb-0.5"
        />
      )}
      <p className={cn('truncate text-xs', withBar ? 'text-faint' : 'text-muted-foreground')}>
        {amountsText(smooth)}
      </p>
    </div>
  )
}
