import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '../cn.ts'
import { formatCount } from '../format.ts'

/** Tabs that are places: each has its own address. The row scrolls sideways where it does not fit. */
export function Tabs({
  label,
  children,
  className,
}: {
  label: string
  children: ReactNode
  className?: string
}) {
  return (
    <nav aria-label={label} className={cn('overflow-x-auto border-b [scrollbar-width:none]', className)}>
      <ul className="flex gap-5">{children}</ul>
    </nav>
  )
}

export type TabProps = {
  href: string
  current: boolean
  count?: number
  children: ReactNode
}

export function Tab({ href, current, count, children }: TabProps) {
  return (
    <li className="shrink-0">
      <Link
        href={href}
        aria-current={current ? 'page' : undefined}
        scroll={false}
        className={cn(
          'flex h-8.5 items-center gap-1.5 border-b-2 px-px pointer-coarse:h-11 focus-visible:-outline-offset-2',
          current
            ? 'border-primary font-semibold text-foreground'
            : 'border-transparent text-muted-foreground hover:text-foreground',
        )}
      >
        {children}
        {count !== undefined && <span className="text-xs font-medium text-faint">{formatCount(count)}</span>}
      </Link>
    </li>
  )
}
