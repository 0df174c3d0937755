'use client'

import { useState, useTransition } from 'react'
import { Question } from '#app/_components/question.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { removeTemplate } from '../actions.ts'

export function DeleteTemplate({
  id,
  name,
  triggers,
  pending,
}: {
  id: string
  name: string
  triggers: number
  /** Events that no job has ended for yet. */
  pending: number
}) {
  const [asking, setAsking] = useState(false)
  const [busy, start] = useTransition()
  const remove = () =>
    start(async () => {
      const done = await removeTemplate(id)
      if (done && !done.ok) toast.error(done.message)
    })
  const gone =
    triggers === 0
      ? 'Nothing'
      : triggers === 1
        ? 'Its trigger stops, and nothing'
        : `Its ${triggers} triggers stop, and nothing`
  const waiting =
    pending === 0
      ? ''
      : ` ${pending === 1 ? 'One event waits' : `${pending} events wait`}: those that no job has taken yet are ignored, with that reason.`
  return (
    <>
      <Button variant="danger" busy={busy} onClick={() => setAsking(true)}>
        Delete
      </Button>
      {asking && (
        <Question
          title={`Delete “${name}”?`}
          text={`${gone} starts it any more.${waiting} Its jobs and events stay in the history, running jobs go on, and no file is touched.`}
          no="Keep it"
          yes="Delete it"
          onYes={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
