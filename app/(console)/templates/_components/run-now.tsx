'use client'

import { Play } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'

const RunDialog = dynamic(() => import('./run-dialog.tsx').then((file) => file.RunDialog), { ssr: false })

export function RunNow(props: { id: string; name: string; dated: boolean; timeZone: string }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        <Play aria-hidden />
        Run now
      </Button>
      {asking && <RunDialog {...props} onClose={() => setAsking(false)} />}
    </>
  )
}
