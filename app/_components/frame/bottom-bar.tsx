'use client'

import { Plus } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '../cn.ts'
import { useFrame } from './frame-context.tsx'
import { mayStart } from './may-start.ts'
import { isIn, newTransferHref, places } from './places.ts'

const entry =
  'flex h-14 flex-col items-center justify-center gap-0.5 text-xs font-medium max-[375px]:text-[10px] focus-visible:-outline-offset-2'

/** The sidebar's entries on a phone, within reach of the thumb. */
export function BottomBar() {
  const { person } = useFrame()
  const pathname = usePathname()
  const shown = places.filter((place) => !place.owners)
  const columns = shown.length + (mayStart(person) ? 1 : 0)
  return (
    <nav
      aria-label="Places"
      className="fixed inset-x-0 bottom-0 z-40 border-t bg-card pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {/* Alike whatever stands in them, as their words are wider before the font is there, and as many from the first
          paint on: the document may be drawn when only some of them have come. */}
      <ul className="grid" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {shown.map((place) => {
          const current = isIn(place, pathname) && pathname !== newTransferHref
          const Icon = place.icon
          return (
            <li key={place.href}>
              <Link
                href={place.href}
                aria-current={current ? 'page' : undefined}
                className={cn(entry, current ? 'text-primary' : 'text-muted-foreground')}
              >
                <Icon aria-hidden className="size-5" strokeWidth={1.9} />
                {place.label}
              </Link>
            </li>
          )
        })}
        {mayStart(person) && (
          <li>
            <Link
              href={newTransferHref}
              aria-label="New transfer"
              aria-current={pathname === newTransferHref ? 'page' : undefined}
              className={cn(entry, pathname === newTransferHref ? 'text-primary' : 'text-muted-foreground')}
            >
              <Plus aria-hidden className="size-5" strokeWidth={1.9} />
              New
            </Link>
          </li>
        )}
      </ul>
    </nav>
  )
}
