import type { LucideIcon } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '#app/_components/cn.ts'
import { Button } from '#app/_components/ui/button.tsx'

/** What is the matter, in a line; why; and what can be done about it. */
export function Row({
  icon: Icon,
  tone,
  title,
  action,
  children,
}: {
  icon: LucideIcon
  tone: string
  title: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-3.5 py-2.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className={cn('flex items-start gap-1.5 font-semibold', tone)}>
          <Icon aria-hidden className="mt-[2px] size-3.5 shrink-0" strokeWidth={2.25} />
          <span className="min-w-0 break-words">{title}</span>
        </p>
        <p className="mt-0.5 text-muted-foreground">{children}</p>
      </div>
      {action && <div className="flex shrink-0 gap-1.5">{action}</div>}
    </li>
  )
}

/** Several stand on the page: `what` tells them apart for those who listen. */
export function OpenLink({ href, what }: { href: string; what: string }) {
  return (
    <Button asChild>
      <Link href={href} aria-label={`Open ${what}`}>
        Open
      </Link>
    </Button>
  )
}
