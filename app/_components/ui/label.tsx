'use client'

import { Label as Primitive } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

export function Label({ className, ...props }: ComponentProps<typeof Primitive.Root>) {
  return (
    <Primitive.Root
      data-slot="label"
      className={cn('flex w-fit items-baseline gap-1.5 font-medium select-none', className)}
      {...props}
    />
  )
}
