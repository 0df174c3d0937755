'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '../cn.ts'
import { formatCount } from '../format.ts'
import { BrandMark } from './brand.tsx'
import { useFrame } from './frame-context.tsx'
import { HealthLine } from './health-line.tsx'
import { isIn, type Place, places } from './places.ts'
import { useRunning } from './running.ts'

function Entry({ place, number }: { place: Place; number: number | null }) {
  const current = isIn(place, usePathname())
  const Icon = place.icon
  return (
    <li>
      <Link
        href={place.href}
        aria-current={current ? 'page' : undefined}
        className={cn(
          'flex h-7.5 items-center gap-2.5 rounded-md px-2',
          current
            ? 'bg-muted font-semibold text-foreground'
            : 'text-muted-foreground hover:bg-muted/60 hover:text-foreground',
        )}
      >
        <Icon aria-hidden className={cn('size-[15px]', current ? '' : 'text-faint')} strokeWidth={2} />
        {place.label}
        {number !== null && number > 0 && (
          <span className="ml-auto text-xs font-medium text-faint">
            {formatCount(number)}
            {number >= COUNTED && '+'}
            {place.live && <span className="sr-only"> running</span>}
          </span>
        )}
      </Link>
    </li>
  )
}

/** The server counts no further: neither endpoints nor running jobs. */
const COUNTED = 1000

/** From 768 px on; below it the bottom bar takes its place. */
export function Sidebar() {
  const { person, counts } = useFrame()
  const running = useRunning()
  return (
    <aside
      aria-label="Sidebar"
      className="sticky top-0 hidden h-dvh w-[204px] shrink-0 flex-col border-r px-2.5 pt-3 pb-3.5 md:flex"
    >
      <Link
        href="/overview"
        className="mb-3.5 flex h-7 w-fit items-center gap-2.5 rounded-md px-2 text-lg font-semibold"
      >
        <BrandMark />
        <span className="tracking-[-0.01em]">File Orbit</span>
      </Link>
      <nav aria-label="Places">
        <ul className="grid gap-px">
          {places
            .filter((place) => !place.owners)
            .map((place) => (
              <Entry
                key={place.href}
                place={place}
                number={place.live ? (running?.count ?? null) : place.count ? counts[place.count] : null}
              />
            ))}
        </ul>
        {person.role === 'owner' && (
          <ul className="mt-2.5 grid gap-px border-t pt-2.5">
            {places
              .filter((place) => place.owners)
              .map((place) => (
                <Entry key={place.href} place={place} number={null} />
              ))}
          </ul>
        )}
      </nav>
      <div className="mt-auto px-2 text-xs text-faint">
        <p className="truncate" title={`${person.email} · ${person.role}`}>
          {person.email} · {person.role}
        </p>
        <HealthLine />
      </div>
    </aside>
  )
}
