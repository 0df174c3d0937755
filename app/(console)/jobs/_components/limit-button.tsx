'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import type { Job } from '#lib/jobs/schema.ts'

const LimitDialog = dynamic(() => import('./limit-dialog.tsx').then((file) => file.LimitDialog), {
  ssr: false,
})

export function LimitButton({ job }: { job: Job }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button onClick={() => setAsking(true)}>Limit…</Button>
      {asking && <LimitDialog job={job} onClose={() => setAsking(false)} />}
    </>
  )
}
