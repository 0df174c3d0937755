import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

/** What every text-like control shares: line, fill, focus, error. */
export const controlLook = cn(
  'w-full min-w-0 rounded-md border border-input bg-card px-2.5 text-foreground transition-[border-color,box-shadow] duration-100',
  'placeholder:text-faint hover:border-muted-foreground',
  'focus-visible:border-primary focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-primary/30',
  'aria-invalid:border-fail aria-invalid:focus-visible:outline-fail/30',
  'disabled:cursor-not-allowed disabled:bg-muted disabled:text-faint',
)

export function Input({ className, type = 'text', ...props }: ComponentProps<'input'>) {
  return (
    <input
      data-slot="input"
      type={type}
      className={cn(controlLook, 'h-8 pointer-coarse:h-11', className)}
      {...props}
    />
  )
}
