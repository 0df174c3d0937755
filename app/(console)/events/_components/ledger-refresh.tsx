'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { useStream } from '#app/_components/live/use-stream.ts'

/** Counting a long ledger takes a moment: not more often than this. */
const REFRESH_EVERY_MS = 2000

/** Asks for the page again when the ledger has changed, for its figures. */
export function LedgerRefresh() {
  const router = useRouter()
  const { ledger } = useStream()
  const seen = useRef<number | null>(null)
  const asked = useRef(0)
  useEffect(() => {
    const before = seen.current
    seen.current = ledger
    // Already told of when this page was made.
    if (before === null || before === ledger) return
    const wait = Math.max(100, asked.current + REFRESH_EVERY_MS - Date.now())
    if (asked.current > Date.now()) return
    asked.current = Date.now() + wait
    setTimeout(() => router.refresh(), wait)
  }, [ledger, router])
  return null
}
