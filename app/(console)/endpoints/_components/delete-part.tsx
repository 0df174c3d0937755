'use client'

import { useState, useTransition } from 'react'
import { Notice } from '#app/_components/notice.tsx'
import { Question } from '#app/_components/question.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import type { EndpointHealth } from '#lib/endpoints/health-schema.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { removeEndpoint } from '../actions.ts'
import { UsedBy } from './used-by.tsx'

/** Deletes an endpoint after a question, or says what uses it. */
export function DeletePart(props: { id: string; name: string; usedBy: EndpointHealth['usedBy'] }) {
  const [asking, setAsking] = useState(false)
  const [busy, start] = useTransition()
  const { id, name, usedBy } = props
  const unfinished = usedBy.jobs.filter(({ state }) => (activeStates as readonly string[]).includes(state))
  if (unfinished.length + usedBy.endpoints.length + usedBy.templates.length > 0) {
    return (
      <Notice tone="idle" title="It cannot be deleted while it is used">
        <UsedBy {...usedBy} jobs={unfinished} />
      </Notice>
    )
  }
  const remove = () =>
    start(async () => {
      const done = await removeEndpoint(id)
      if (done && !done.ok) toast.error(done.message)
    })
  return (
    <>
      <Button variant="danger" busy={busy} onClick={() => setAsking(true)}>
        Delete the endpoint
      </Button>
      {asking && (
        <Question
          title={`Delete “${name}”?`}
          text="File Orbit forgets the endpoint. No file in it is touched, and the jobs that used it stay in the history."
          no="Keep it"
          yes="Delete it"
          onYes={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
