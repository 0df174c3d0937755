'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { useFrame } from '#app/_components/frame/frame-context.tsx'
import { mayStart } from '#app/_components/frame/may-start.ts'
import { Question } from '#app/_components/question.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import type { ActionResult } from '#app/_server/action.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { isTerminal } from '#lib/jobs/states.ts'
import { cancel, pause, resume, retry } from '../actions.ts'
import { LimitButton } from './limit-button.tsx'

/** The buttons that apply to a job now. */
export function JobButtons({ job, stopRequested }: { job: Job; stopRequested: 'cancel' | 'pause' | null }) {
  const { person } = useFrame()
  const router = useRouter()
  const [busy, start] = useTransition()
  const [asking, setAsking] = useState(false)
  if (!mayStart(person)) return null
  const run = (action: (id: string) => Promise<ActionResult<Job>>) =>
    start(async () => {
      const done = await action(job.id)
      if (!done.ok) toast.error(done.message)
      router.refresh()
    })
  if (job.state === 'completed') return null
  if (isTerminal(job.state)) {
    return (
      <Button variant="default" busy={busy} onClick={() => run(retry)}>
        Retry
      </Button>
    )
  }
  if (stopRequested) return <span className="text-muted-foreground">Stopping…</span>
  return (
    <>
      <LimitButton job={job} />
      {job.state === 'paused' ? (
        <Button variant="default" busy={busy} onClick={() => run(resume)}>
          Resume
        </Button>
      ) : (
        <Button busy={busy} onClick={() => run(pause)}>
          Pause
        </Button>
      )}
      <Button variant="danger" disabled={busy} onClick={() => setAsking(true)}>
        Cancel
      </Button>
      {asking && (
        <Question
          title="Cancel this job?"
          text={
            job.state === 'running'
              ? 'rclone is stopped. Files that have arrived stay; a file on its way is taken again from its beginning on a retry.'
              : 'It does not start. A retry queues it again.'
          }
          no="Keep it"
          yes="Cancel the job"
          onYes={() => run(cancel)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
