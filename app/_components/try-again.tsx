'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { Button } from './ui/button.tsx'

/** Asks the server for the page anew: `reset` alone would draw what failed once more. */
export function TryAgain({ reset }: { reset: () => void }) {
  const router = useRouter()
  const [busy, start] = useTransition()
  const again = () =>
    start(() => {
      router.refresh()
      reset()
    })
  return (
    <Button busy={busy} onClick={again}>
      Try again
    </Button>
  )
}
