import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

/** Holds the place of what is on its way, in its size, so that nothing moves when it comes. */
export function Skeleton({ className, ...props }: ComponentProps<'div'>) {
  return (
    <div
      aria-hidden
      data-slot="skeleton"
      className={cn('animate-pulse rounded-sm bg-muted', className)}
      {...props}
    />
  )
}
