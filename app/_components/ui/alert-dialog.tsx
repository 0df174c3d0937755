'use client'

import { AlertDialog as Primitive } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'
import { Button, type ButtonProps } from './button.tsx'
import { dialogLook, overlayLook } from './float.ts'

/** A question that must be answered: it does not close by a click beside it. */
export function AlertDialog(props: ComponentProps<typeof Primitive.Root>) {
  return <Primitive.Root data-slot="alert-dialog" {...props} />
}

export function AlertDialogContent({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Overlay className={overlayLook} />
      <Primitive.Content
        data-slot="alert-dialog-content"
        className={cn(dialogLook, 'sm:max-w-md', className)}
        {...props}
      >
        {children}
      </Primitive.Content>
    </Primitive.Portal>
  )
}

export function AlertDialogTitle({ className, ...props }: ComponentProps<typeof Primitive.Title>) {
  return (
    <Primitive.Title
      data-slot="alert-dialog-title"
      className={cn('px-4 pt-4 text-lg font-semibold', className)}
      {...props}
    />
  )
}

/** What the verb will do, in plain words with its numbers. */
export function AlertDialogDescription({
  className,
  ...props
}: ComponentProps<typeof Primitive.Description>) {
  return (
    <Primitive.Description
      data-slot="alert-dialog-description"
      className={cn('min-h-0 overflow-y-auto px-4 pt-1 pb-4 text-muted-foreground', className)}
      {...props}
    />
  )
}

export function AlertDialogFooter({ className, ...props }: ComponentProps<'div'>) {
  return (
    <div
      data-slot="alert-dialog-footer"
      className={cn('flex flex-wrap justify-end gap-2 border-t px-4 py-3', className)}
      {...props}
    />
  )
}

export function AlertDialogCancel({ children, ...props }: ButtonProps) {
  return (
    <Primitive.Cancel asChild>
      <Button size="lg" {...props}>
        {children}
      </Button>
    </Primitive.Cancel>
  )
}

export function AlertDialogAction({ children, variant = 'destructive', ...props }: ButtonProps) {
  return (
    <Primitive.Action asChild>
      <Button size="lg" variant={variant} {...props}>
        {children}
      </Button>
    </Primitive.Action>
  )
}
