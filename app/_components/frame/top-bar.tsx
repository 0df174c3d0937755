'use client'

import { Plus } from 'lucide-react'
import Link from 'next/link'
import { Fragment } from 'react'
import { PaletteButton } from '../palette/palette-button.tsx'
import { Button } from '../ui/button.tsx'
import { AccountMenu } from './account-menu.tsx'
import { BrandMark } from './brand.tsx'
import { useFrame } from './frame-context.tsx'
import { mayStart } from './may-start.ts'
import { newTransferHref } from './places.ts'
import { RunningCounter } from './running-counter.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

/** From the place down to the page itself; the last one is where we are. */
export type Crumb = { label: string; href?: string }

function Trail({ trail }: { trail: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-muted-foreground">
        {trail.map((crumb, depth) => (
          <Fragment key={crumb.href ?? crumb.label}>
            {depth > 0 && (
              <li aria-hidden className="text-faint">
                /
              </li>
            )}
            <li className="min-w-0 shrink last:shrink-[1] [&:not(:last-child)]:shrink-0">
              {crumb.href ? (
                <Link href={crumb.href} className="block truncate hover:text-foreground">
                  {crumb.label}
                </Link>
              ) : (
                <span aria-current="page" className="block truncate" title={crumb.label}>
                  {crumb.label}
                </span>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  )
}

export function TopBar({ trail }: { trail: readonly Crumb[] }) {
  const { person } = useFrame()
  return (
    <header className="sticky top-0 z-30 flex h-[46px] shrink-0 items-center gap-3 border-b bg-background px-4 md:px-5.5">
      <BrandMark className="shrink-0 md:hidden" />
      <Trail trail={trail} />
      <div className="ml-auto flex shrink-0 items-center gap-1 md:gap-2">
        <PaletteButton />
        <RunningCounter />
        {mayStart(person) && (
          <Button variant="default" asChild className="max-md:hidden">
            <Link href={newTransferHref}>
              <Plus aria-hidden />
              New transfer
            </Link>
          </Button>
        )}
        <ThemeToggle />
        <AccountMenu />
      </div>
    </header>
  )
}
