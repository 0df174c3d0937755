'use client'

import { useState, useTransition } from 'react'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { ActionResult } from '#app/_server/action.ts'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { testSaved } from '../actions.ts'
import { TestStages } from './test-stages.tsx'

/** Asks the agent now whether the endpoint works. */
export function TestSaved({ id }: { id: string }) {
  const [done, setDone] = useState<ActionResult<TestResult> | null>(null)
  const [busy, start] = useTransition()
  return (
    <div className="mt-3 grid gap-3">
      <Button className="w-fit" busy={busy} onClick={() => start(async () => setDone(await testSaved(id)))}>
        Test
      </Button>
      {done && !done.ok && <Notice tone="fail" title={done.message} live />}
      {done?.ok && <TestStages result={done.value} />}
    </div>
  )
}
