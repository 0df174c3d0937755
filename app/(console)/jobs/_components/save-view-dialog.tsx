'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { FormDialog } from '#app/_components/form-dialog.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { keepView } from '../actions.ts'
import type { JobAddress } from './jobs-address.ts'

/** Asks for the name under which the filters are kept. */
export function SaveViewDialog({ filters, onClose }: { filters: JobAddress; onClose: () => void }) {
  const router = useRouter()
  const [name, setName] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const save = () => {
    start(async () => {
      const done = await keepView({ name, filters })
      if (!done.ok) return setError(done.message)
      onClose()
      router.refresh()
    })
  }
  return (
    <FormDialog
      title="Save as a view"
      description="The filters of now under a name; only you see it."
      verb="Save the view"
      busy={busy}
      onSubmit={save}
      onClose={onClose}
    >
      <Field name="name" label="Name" help="A view of yours that has this name is replaced." error={error}>
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            maxLength={60}
          />
        )}
      </Field>
    </FormDialog>
  )
}
