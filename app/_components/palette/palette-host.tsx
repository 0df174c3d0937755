'use client'

import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'

// Both are loaded when they are first asked for: most visits never do.
const Palette = dynamic(() => import('./palette.tsx').then((file) => file.Palette), { ssr: false })
const KeysHelp = dynamic(() => import('./keys-help.tsx').then((file) => file.KeysHelp), { ssr: false })

export const openPaletteEvent = 'file-orbit:palette'

/** Listens for the keys that work on every page: Ctrl-K and "/" for the palette, "?" for what the keys are. */
export function PaletteHost() {
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return setOpen((now) => (now === 'palette' ? null : 'palette'))
      }
      const target = event.target instanceof HTMLElement ? event.target : null
      if (target?.closest('input:not([type=checkbox]), textarea, select, [contenteditable]')) return
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (document.querySelector('[role=dialog], [role=alertdialog]')) return
      if (event.key !== '/' && event.key !== '?') return
      event.preventDefault()
      setOpen(event.key === '/' ? 'palette' : 'keys')
    }
    const asked = () => setOpen('palette')
    window.addEventListener('keydown', press)
    window.addEventListener(openPaletteEvent, asked)
    return () => {
      window.removeEventListener('keydown', press)
      window.removeEventListener(openPaletteEvent, asked)
    }
  }, [])
  return (
    <>
      {open === 'palette' && <Palette onClose={() => setOpen(null)} onKeys={() => setOpen('keys')} />}
      {open === 'keys' && <KeysHelp onClose={() => setOpen(null)} />}
    </>
  )
}
