'use client'

import { Progress as Primitive } from 'radix-ui'
import { cn } from '../cn.ts'
import type { Tone } from '../state-badge.tsx'

const fills: Record<Tone, string> = {
  ok: 'bg-ok',
  run: 'bg-run',
  fail: 'bg-fail',
  warn: 'bg-warn',
  idle: 'bg-idle',
}

export type ProgressProps = {
  /** 0 to 1; null while the total is unknown. */
  share: number | null
  /** What is progressing, for those who do not see the bar. */
  label: string
  /** What is said of the value in place of the bare percentage. */
  valueText?: string
  tone?: Tone
  className?: string
}

/**
 * The bar moves by transform and takes a second for each step, as long as the next figure is away: it glides and
 * nothing around it is laid out again.
 */
export function Progress({ share, label, valueText, tone = 'run', className }: ProgressProps) {
  const percent = share === null ? null : Math.min(100, Math.max(0, share * 100))
  return (
    <Primitive.Root
      value={percent}
      getValueLabel={(value) => valueText ?? `${Math.floor(value)} %`}
      aria-label={label}
      className={cn('relative h-[5px] w-full overflow-hidden rounded-full bg-track', className)}
    >
      {percent === null ? (
        <div
          className={cn(
            'h-full w-[30%] animate-sweep rounded-full motion-reduce:w-full motion-reduce:opacity-40',
            fills[tone],
          )}
        />
      ) : (
        <Primitive.Indicator
          className={cn(
            'absolute inset-0 rounded-full transition-transform duration-1000 ease-linear motion-reduce:transition-none',
            fills[tone],
          )}
          style={{ transform: `translateX(${percent - 100}%)` }}
        />
      )}
    </Primitive.Root>
  )
}
