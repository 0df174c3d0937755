'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useMemo } from 'react'
import { paced } from './paced.ts'

/** Changes come in bursts, and making a page anew takes a moment: not more often than this. */
const REFRESH_EVERY_MS = 2000

/** Asks the server for this page again, while it is shown. */
export function useRefresh(): () => void {
  const router = useRouter()
  const { ask, stop } = useMemo(() => paced(REFRESH_EVERY_MS, () => router.refresh()), [router])
  useEffect(() => stop, [stop])
  return ask
}
