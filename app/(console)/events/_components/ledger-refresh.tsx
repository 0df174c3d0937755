'use client'

import { useEffect, useRef } from 'react'
import { useRefresh } from '#app/_components/live/use-refresh.ts'
import { useStream } from '#app/_components/live/use-stream.ts'

/** Asks for the page again when the ledger has changed, for its figures. */
export function LedgerRefresh() {
  const refresh = useRefresh()
  const { ledger } = useStream()
  const seen = useRef<number | null>(null)
  useEffect(() => {
    const before = seen.current
    seen.current = ledger
    // Already told of when this page was made.
    if (before !== null && before !== ledger) refresh()
  }, [ledger, refresh])
  return null
}
