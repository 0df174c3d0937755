'use client'

import dynamic from 'next/dynamic'
import { useState, useTransition } from 'react'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { ActionResult } from '#app/_server/action.ts'
import type { QueueTest as Result, TestQueueInput } from '#lib/s3-events/queue-test-schema.ts'
import { askQueue } from '../actions.ts'

// There is nothing to show before a test.
const QueueTestResult = dynamic(() => import('./queue-test-result.tsx').then((file) => file.QueueTestResult))

/** Asks the agent whether it can read the queue, and whether the bucket may send to it. */
export function QueueTest({ input }: { input: TestQueueInput }) {
  const [done, setDone] = useState<{ of: string; answer: ActionResult<Result> } | null>(null)
  const [busy, start] = useTransition()
  const of = JSON.stringify(input)
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button busy={busy} onClick={() => start(async () => setDone({ of, answer: await askQueue(input) }))}>
          Test the queue
        </Button>
        <span className="text-sm text-muted-foreground">No message is taken from it.</span>
      </div>
      {done && !done.answer.ok && <Notice tone="fail" title={done.answer.message} live />}
      {done?.answer.ok && <QueueTestResult result={done.answer.value} isStale={done.of !== of} />}
    </div>
  )
}
