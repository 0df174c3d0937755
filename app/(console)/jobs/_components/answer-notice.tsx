'use client'

import Link from 'next/link'
import { formatCountOf } from '#app/_components/format.ts'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { BulkAction, BulkAnswer } from '#lib/jobs/bulk-jobs.ts'

export type Answered = { action: BulkAction; answer: BulkAnswer; names: ReadonlyMap<string, string> }

const bulkWords: Record<BulkAction, string> = {
  cancel: 'cancelled',
  retry: 'queued again',
  pause: 'paused',
  resume: 'resumed',
}

/** How many were done, and which were not and why. */
export function AnswerNotice({ action, answer, names, onClose }: Answered & { onClose: () => void }) {
  const { done, refused } = answer
  const title = [
    done > 0 && `${formatCountOf(done, 'job')} ${bulkWords[action]}`,
    refused.length > 0 && `${formatCountOf(refused.length, 'job')} refused`,
  ]
  return (
    <Notice
      live
      tone={refused.length > 0 ? 'warn' : 'ok'}
      title={title.filter(Boolean).join(', ')}
      className="mb-2"
      action={<Button onClick={onClose}>Close</Button>}
    >
      {refused.length > 0 && (
        <ul className="mt-1 max-h-40 overflow-y-auto">
          {refused.map(({ id, message }) => (
            <li key={id}>
              <Link href={`/jobs/${id}`} className="text-foreground underline underline-offset-2">
                {names.get(id) ?? id}
              </Link>
              : {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
