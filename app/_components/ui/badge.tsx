import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

/** A quiet word about a thing (its operation, its kind). States have StateBadge. */
export function Badge({ className, ...props }: ComponentProps<'span'>) {
  return (
    <span
      data-slot="badge"
      className={cn(
        'inline-flex h-4.5 items-center gap-1 rounded-sm border px-1.5 text-xs font-medium whitespace-nowrap text-muted-foreground',
        className,
      )}
      {...props}
    />
  )
}
