'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { FormDialog } from '#app/_components/form-dialog.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { runNow } from '../actions.ts'
import { instantAt } from './wall-time.ts'

/** Starts a run; `dated` says whether its paths hold dates, which may be pretended, in the template's own zone. */
export function RunDialog({
  id,
  name,
  dated,
  timeZone,
  onClose,
}: {
  id: string
  name: string
  dated: boolean
  timeZone: string
  onClose: () => void
}) {
  const router = useRouter()
  const [at, setAt] = useState('')
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const run = () => {
    start(async () => {
      const made = await runNow(id, at ? instantAt(at, timeZone) : null)
      if (made.ok) router.push(`/jobs/${made.value.id}`)
      else setRefusal(made.message)
    })
  }
  return (
    <FormDialog
      title={`Run “${name}” now`}
      description="A job over the whole source starts at once, whether the template is on or off."
      verb="Start the run"
      busy={busy}
      onSubmit={run}
      onClose={onClose}
    >
      {refusal && <Notice tone="fail" title={refusal} live />}
      <Field
        name="at"
        label={`As if it were, in ${timeZone}`}
        optional
        help={
          dated
            ? 'Dates in its paths are of this time instead of now.'
            : 'Its paths hold no dates, so this changes nothing.'
        }
      >
        {(control) => (
          <Input
            {...control}
            type="datetime-local"
            value={at}
            onChange={(event) => setAt(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}
