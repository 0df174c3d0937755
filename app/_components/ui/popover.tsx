'use client'

import { Popover as Primitive } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'
import { floatLook } from './float.ts'

export function Popover(props: ComponentProps<typeof Primitive.Root>) {
  return <Primitive.Root data-slot="popover" {...props} />
}

export function PopoverTrigger(props: ComponentProps<typeof Primitive.Trigger>) {
  return <Primitive.Trigger data-slot="popover-trigger" {...props} />
}

export function PopoverContent({
  className,
  sideOffset = 5,
  ...props
}: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Content
        data-slot="popover-content"
        sideOffset={sideOffset}
        className={cn(floatLook, 'w-72 p-3', className)}
        {...props}
      />
    </Primitive.Portal>
  )
}
