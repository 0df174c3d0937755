import Link from 'next/link'
import type { MouseEventHandler, ReactNode } from 'react'
import { cn } from '../cn.ts'
import { formatCount } from '../format.ts'

/** Filters that live in the address, in a row that wraps. */
export function Chips({
  label,
  children,
  className,
}: {
  label: string
  children: ReactNode
  className?: string
}) {
  return (
    <nav aria-label={label} className={className}>
      <ul className="flex flex-wrap gap-1.5">{children}</ul>
    </nav>
  )
}

export type ChipProps = {
  href: string
  current: boolean
  count?: number
  onClick?: MouseEventHandler
  children: ReactNode
}

export function Chip({ href, current, count, onClick, children }: ChipProps) {
  return (
    <li>
      <Link
        href={href}
        aria-current={current ? 'true' : undefined}
        scroll={false}
        onClick={onClick}
        className={cn(
          'flex h-6 items-center gap-1.5 rounded-full border px-2.5 whitespace-nowrap pointer-coarse:h-9 pointer-coarse:px-3.5',
          current
            ? 'border-transparent bg-selected font-semibold text-primary'
            : 'bg-card text-muted-foreground hover:border-input/70 hover:text-foreground',
        )}
      >
        {children}
        {count !== undefined && (
          <span className={cn('text-sm', current ? '' : 'text-faint')}>{formatCount(count)}</span>
        )}
      </Link>
    </li>
  )
}
