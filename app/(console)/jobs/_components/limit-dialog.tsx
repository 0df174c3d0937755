'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { FormDialog } from '#app/_components/form-dialog.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { Job } from '#lib/jobs/schema.ts'
import { change } from '../actions.ts'

/** Changes how fast a job may go, at once where it runs. */
export function LimitDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const router = useRouter()
  const limit = job.options.bandwidth
  const limited = limit !== undefined && limit !== 'off'
  const [rate, setRate] = useState(limited ? limit : '')
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const save = (bandwidth: string) =>
    start(async () => {
      const done = await change(job.id, { bandwidth })
      if (!done.ok) return setError(done.message)
      onClose()
      toast.success(bandwidth === 'off' ? 'No limit any more' : `Limited to ${bandwidth} a second`)
      router.refresh()
    })
  return (
    <FormDialog
      title="Limit the bandwidth"
      description={job.state === 'running' ? 'It counts at once.' : 'It counts when the job starts.'}
      verb="Limit"
      busy={busy}
      onSubmit={() => save(rate)}
      onClose={onClose}
      other={
        limited && (
          <Button size="lg" busy={busy} onClick={() => save('off')}>
            No limit
          </Button>
        )
      }
    >
      <Field
        name="bandwidth"
        label="Bandwidth"
        help="MiB a second as M, KiB as K."
        example="10M"
        error={error}
      >
        {(control) => (
          <Input
            {...control}
            required
            value={rate}
            onChange={(event) => setRate(event.target.value.trim())}
          />
        )}
      </Field>
    </FormDialog>
  )
}
