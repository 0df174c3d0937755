import { ChevronsUpDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'
import { controlLook } from './input.tsx'

/** The browser's own list, styled: every phone and screen reader knows it, and it hides nothing behind it. */
export function Select({ className, children, ...props }: ComponentProps<'select'>) {
  return (
    <div className={cn('relative', className)}>
      <select
        data-slot="select"
        className={cn(controlLook, 'h-8 cursor-pointer appearance-none truncate pr-7 pointer-coarse:h-11')}
        {...props}
      >
        {children}
      </select>
      <ChevronsUpDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 size-3.5 -translate-y-1/2 text-faint"
      />
    </div>
  )
}
