import type { ReactNode } from 'react'
import { PaletteHost } from '../palette/palette-host.tsx'
import { BottomBar } from './bottom-bar.tsx'
import { FrameProvider, type FrameValue } from './frame-context.tsx'
import { Sidebar } from './sidebar.tsx'

/** The frame of every page behind the sign-in; each page brings its own top bar through `Page`. */
export function Shell({ value, children }: { value: FrameValue; children: ReactNode }) {
  return (
    <FrameProvider value={value}>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-primary px-3 py-1.5 font-medium text-primary-foreground focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div className="flex min-h-dvh">
        <Sidebar />
        <div className="flex min-w-0 flex-1 flex-col pb-[calc(56px+env(safe-area-inset-bottom))] md:pb-0">
          {children}
        </div>
      </div>
      <BottomBar />
      <PaletteHost />
    </FrameProvider>
  )
}
