'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { ActionResult } from '#app/_server/action.ts'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import { saveEndpoint, testSaved } from '../actions.ts'
import { WriteToo } from './write-too.tsx'

// There is nothing to show before a test.
const TestStages = dynamic(() => import('./test-stages.tsx').then((file) => file.TestStages))
const ChangedHostKey = dynamic(() =>
  import('./form/changed-host-key.tsx').then((file) => file.ChangedHostKey),
)

/** Asks the agent now whether the endpoint works; a host key that has changed can be accepted here. */
export function TestSaved({ endpoint }: { endpoint: Pick<Endpoint, 'id' | 'name'> }) {
  const router = useRouter()
  const [done, setDone] = useState<ActionResult<TestResult> | null>(null)
  const [write, setWrite] = useState(false)
  const [busy, start] = useTransition()
  const test = () => start(async () => setDone(await testSaved(endpoint.id, write)))
  const accept = (value: string) =>
    start(async () => {
      const saved = await saveEndpoint(endpoint.id, { settings: { host_keys: value } })
      if (!saved.ok) return setDone(saved)
      router.refresh()
      setDone(await testSaved(endpoint.id, write))
    })
  return (
    <div className="mt-3 grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Button busy={busy} onClick={test}>
          Test
        </Button>
        <WriteToo checked={write} onChange={setWrite} />
      </div>
      {done && !done.ok && <Notice tone="fail" title={done.message} live />}
      {done?.ok && <TestStages result={done.value} />}
      {done?.ok && <ChangedHostKey result={done.value} host={endpoint.name} onAccept={accept} />}
    </div>
  )
}
