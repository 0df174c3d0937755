import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

export function Card({ className, ...props }: ComponentProps<'div'>) {
  return (
    <div
      data-slot="card"
      className={cn('overflow-hidden rounded-lg border bg-card shadow-lift', className)}
      {...props}
    />
  )
}
