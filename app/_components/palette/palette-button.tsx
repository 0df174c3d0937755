'use client'

import { Search } from 'lucide-react'
import { openPaletteEvent } from './palette-host.tsx'

/** The search of the top bar: it opens the palette. */
export function PaletteButton() {
  return (
    <button
      type="button"
      aria-keyshortcuts="Control+K /"
      onClick={() => window.dispatchEvent(new Event(openPaletteEvent))}
      className="flex h-7 items-center gap-2 rounded-md px-2 text-muted-foreground hover:bg-muted hover:text-foreground pointer-coarse:h-10 lg:w-72 lg:border lg:bg-card lg:hover:border-input/70 lg:px-2.5"
    >
      <Search aria-hidden className="size-4 shrink-0 lg:size-3.5" strokeWidth={1.9} />
      <span className="whitespace-nowrap max-lg:sr-only">Search or run a command</span>
      <kbd className="ml-auto whitespace-nowrap rounded-sm border px-1 font-mono text-xs text-faint max-lg:hidden">
        Ctrl K
      </kbd>
    </button>
  )
}
