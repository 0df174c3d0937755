'use client'

import { Switch as Primitive } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

/** Takes effect at once; where a save follows, use Checkbox. */
export function Switch({ className, ...props }: ComponentProps<typeof Primitive.Root>) {
  return (
    <Primitive.Root
      data-slot="switch"
      className={cn(
        'relative inline-flex h-4 w-7 shrink-0 items-center rounded-full border border-transparent bg-input transition-colors',
        'after:absolute after:-inset-2 data-[state=checked]:bg-primary disabled:opacity-50',
        className,
      )}
      {...props}
    >
      <Primitive.Thumb className="block size-3 translate-x-px rounded-full bg-card transition-transform data-[state=checked]:translate-x-[13px]" />
    </Primitive.Root>
  )
}
