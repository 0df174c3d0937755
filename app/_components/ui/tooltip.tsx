'use client'

import { Tooltip as Primitive } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from '../cn.ts'

export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <Primitive.Provider delayDuration={350} skipDelayDuration={150}>
      {children}
    </Primitive.Provider>
  )
}

export type TooltipProps = {
  /** Short; never the only place where something is said. */
  text: ReactNode
  side?: ComponentProps<typeof Primitive.Content>['side']
  /** The one element it belongs to; must take focus. */
  children: ReactNode
}

export function Tooltip({ text, side = 'bottom', children }: TooltipProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Content
        side={side}
        sideOffset={5}
        collisionPadding={8}
        className={cn(
          'z-50 max-w-72 rounded-md bg-foreground px-2 py-1 text-sm font-normal text-balance whitespace-normal text-background',
          'animate-in duration-100 fade-in-0',
        )}
      >
        {text}
      </Primitive.Content>
    </Primitive.Root>
  )
}
