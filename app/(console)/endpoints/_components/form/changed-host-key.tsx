'use client'

import { useState } from 'react'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { HostKeyQuestion } from './host-key-question.tsx'

/** Loud where a test met another host key than the one accepted; accepting it is asked twice. */
export function ChangedHostKey({
  result,
  host,
  onAccept,
}: {
  result: TestResult
  host: string
  onAccept: (value: string) => void
}) {
  const [asking, setAsking] = useState(false)
  const shown = result.stages.find(({ hostKey }) => hostKey)?.hostKey
  if (!shown) return null
  return (
    <>
      <Notice
        tone="fail"
        live
        title="The server shows another host key than the one accepted"
        action={
          <Button variant="danger" onClick={() => setAsking(true)}>
            Look at the new key…
          </Button>
        }
      >
        Nothing was sent to it. Was the server set up anew? If not, another machine may be in between.
      </Notice>
      {asking && (
        <HostKeyQuestion
          changed
          host={host}
          shown={shown}
          onClose={() => setAsking(false)}
          onAccept={() => {
            setAsking(false)
            onAccept(shown.value)
          }}
        />
      )}
    </>
  )
}
