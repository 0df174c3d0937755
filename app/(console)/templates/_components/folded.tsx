'use client'

import { type ReactNode, useLayoutEffect, useRef } from 'react'

/** What few need, folded away; it opens by itself when something in it is wrong, and stays as the person leaves it. */
export function Folded({
  summary,
  wrong,
  children,
}: {
  summary: string
  wrong: boolean
  children: ReactNode
}) {
  const box = useRef<HTMLDetailsElement>(null)
  // Before the focus goes to the first field that is wrong: it cannot go into what is closed.
  useLayoutEffect(() => {
    if (wrong && box.current) box.current.open = true
  }, [wrong])
  return (
    <details ref={box}>
      <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
        {summary}
      </summary>
      {children}
    </details>
  )
}
