'use client'

import { X } from 'lucide-react'
import { useState, useTransition } from 'react'
import { formatCountOf } from '#app/_components/format.ts'
import { Question } from '#app/_components/question.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import type { BulkAction, BulkAnswer } from '#lib/jobs/bulk-jobs.ts'
import { bulk } from '../actions.ts'

/** What can be done with the chosen jobs. It lies over the list, so that choosing moves nothing. */
export function BulkBar({
  ids,
  full,
  onClear,
  onAnswer,
}: {
  ids: ReadonlySet<string>
  full: boolean
  onClear: () => void
  onAnswer: (action: BulkAction, answer: BulkAnswer) => void
}) {
  const [busy, start] = useTransition()
  const [asking, setAsking] = useState(false)
  const run = (action: BulkAction) =>
    start(async () => {
      const done = await bulk({ action, ids: [...ids] })
      if (done.ok) onAnswer(action, done.value)
      else toast.error(done.message)
    })
  const count = formatCountOf(ids.size, 'job')
  return (
    <section
      aria-label="Chosen jobs"
      className="fixed inset-x-3 bottom-[calc(68px+env(safe-area-inset-bottom))] z-30 mx-auto flex w-fit max-w-full flex-wrap items-center gap-1.5 rounded-lg bg-popover px-3 py-2 shadow-float md:bottom-5"
    >
      <p role="status" className="mr-2 font-semibold">
        {count} chosen{full && ' (the most at a time)'}
      </p>
      <Button busy={busy} onClick={() => run('retry')}>
        Retry
      </Button>
      <Button busy={busy} onClick={() => run('pause')}>
        Pause
      </Button>
      <Button busy={busy} onClick={() => run('resume')}>
        Resume
      </Button>
      <Button variant="danger" disabled={busy} onClick={() => setAsking(true)}>
        Cancel
      </Button>
      {asking && (
        <Question
          title={`Cancel ${count}?`}
          text="Running ones are stopped: files that have arrived stay. Waiting ones do not start. Those that have ended stay as they are."
          no="Keep them"
          yes={`Cancel ${count}`}
          onYes={() => run('cancel')}
          onClose={() => setAsking(false)}
        />
      )}
      <Button
        variant="ghost"
        size="icon"
        aria-label="Choose none"
        title="Choose none (Esc)"
        onClick={onClear}
      >
        <X aria-hidden />
      </Button>
    </section>
  )
}
