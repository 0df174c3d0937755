'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { retry } from '../../jobs/actions.ts'

export function RetryNow({ id }: { id: string }) {
  const router = useRouter()
  const [busy, start] = useTransition()
  return (
    <Button
      busy={busy}
      onClick={() =>
        start(async () => {
          const done = await retry(id)
          if (!done.ok) toast.error(done.message)
          router.refresh()
        })
      }
    >
      Retry
    </Button>
  )
}
