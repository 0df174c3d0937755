'use client'

import { useEffect, useRef } from 'react'

export type TableKeys = {
  /** `j` and `k`: one down, one up. */
  move: (by: 1 | -1) => void
  /** `x`, with shift all from the last one. */
  choose: (range: boolean) => void
  /** Escape; false lets others have it. */
  leave: () => boolean
}

/** Keys of a list, unless somebody types or something lies above the page. Enter is the focused row's own. */
export function useTableKeys(keys: TableKeys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null
      if (target?.closest('input:not([type=checkbox]), textarea, select, [role=dialog], [role=menu]')) return
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (document.querySelector('[role=dialog], [role=alertdialog]')) return
      const key = event.key.toLowerCase()
      if (key === 'j') latest.current.move(1)
      else if (key === 'k') latest.current.move(-1)
      else if (key === 'x') latest.current.choose(event.shiftKey)
      else if (event.key !== 'Escape' || !latest.current.leave()) return
      event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
