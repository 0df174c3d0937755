'use client'

import { Check } from 'lucide-react'
import { Checkbox as Primitive } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

export function Checkbox({ className, ...props }: ComponentProps<typeof Primitive.Root>) {
  return (
    <Primitive.Root
      data-slot="checkbox"
      className={cn(
        'relative size-4 shrink-0 rounded-sm border border-input bg-card text-primary-foreground',
        // The box is small; what takes the finger is not.
        'after:absolute after:-inset-2',
        'data-[state=checked]:border-primary data-[state=checked]:bg-primary',
        'disabled:opacity-50 aria-invalid:border-fail',
        className,
      )}
      {...props}
    >
      <Primitive.Indicator className="flex items-center justify-center">
        <Check aria-hidden className="size-3" strokeWidth={3} />
      </Primitive.Indicator>
    </Primitive.Root>
  )
}
