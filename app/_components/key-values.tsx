import type { ReactNode } from 'react'
import { cn } from './cn.ts'

/** Facts about one thing, each with its name. */
export function KeyValues({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cn('divide-y divide-hairline', className)}>{children}</dl>
}

/** One fact: the name left, the value right. */
export function KeyValue({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-baseline justify-between gap-6 px-3.5 py-1.5">
      <dt className="shrink-0 text-muted-foreground">{label}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  )
}
