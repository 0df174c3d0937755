'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { seen } from '../actions.ts'

/** Takes what was missed off the list, for everybody. */
export function SeenNow({ triggerId, template }: { triggerId: string; template: string }) {
  const router = useRouter()
  const [busy, start] = useTransition()
  return (
    <Button
      busy={busy}
      aria-label={`${template}: I have seen this`}
      onClick={() =>
        start(async () => {
          const done = await seen(triggerId)
          if (!done.ok) toast.error(done.message)
          router.refresh()
        })
      }
    >
      Seen
    </Button>
  )
}
