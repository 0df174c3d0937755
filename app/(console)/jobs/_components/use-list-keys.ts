'use client'

import { useEffect, useRef } from 'react'

/** `j` and `k` walk the links of a list, Enter opens as links do, Escape lets go. */
export function useListKeys() {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    const move = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [role=dialog]')
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !list.current) return
      const links = [...list.current.querySelectorAll<HTMLElement>('a[data-row]')]
      const at = links.indexOf(document.activeElement as HTMLElement)
      if (event.key === 'j') links[Math.min(at + 1, links.length - 1)]?.focus()
      else if (event.key === 'k') links[Math.max(at - 1, 0)]?.focus()
      else if (event.key === 'Escape' && at >= 0) links[at]?.blur()
    }
    window.addEventListener('keydown', move)
    return () => window.removeEventListener('keydown', move)
  }, [])
  return list
}
