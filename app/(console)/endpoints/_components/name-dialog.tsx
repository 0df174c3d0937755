'use client'

import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { FormDialog } from '#app/_components/form-dialog.tsx'
import { visiblePath } from '#app/_components/path-parts.ts'
import { toast } from '#app/_components/toast.ts'
import { Input } from '#app/_components/ui/input.tsx'
import type { FileEntry } from '#lib/files/schema.ts'
import { newFolder, rename } from '../file-actions.ts'
import { sayPath } from './use-listing.ts'

/** Asks for a name: of a folder that is made, or the new one of `entry`. */
export function NameDialog({
  endpointId,
  folder,
  entry,
  onClose,
  onDone,
}: {
  endpointId: string
  folder: string
  entry?: FileEntry
  onClose: () => void
  onDone: () => void
}) {
  const [name, setName] = useState(entry?.name ?? '')
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const submit = () => {
    if (name === '' || name.includes('/')) return setError('A name without "/".')
    start(async () => {
      const parent = entry ? entry.path.split('/').slice(0, -1).join('/') : folder
      const path = sayPath(parent === '' ? name : `${parent}/${name}`)
      const done = entry
        ? await rename(endpointId, { from: sayPath(entry.path), to: path })
        : await newFolder(endpointId, { path })
      if (!done.ok) return setError(done.issues[0]?.message ?? done.message)
      onClose()
      toast.success(entry ? `It is called “${name}” now` : `The folder “${name}” is there`)
      onDone()
    })
  }
  return (
    <FormDialog
      title={entry ? `Rename “${visiblePath(entry.name)}”` : 'New folder'}
      description={
        entry
          ? 'A name that is taken is refused; nothing is replaced.'
          : `In ${folder === '' ? 'the endpoint’s root' : visiblePath(folder)}.`
      }
      verb={entry ? 'Rename' : 'Make the folder'}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field name="name" label="Name" error={error}>
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoFocus
            spellCheck={false}
            autoCapitalize="none"
            className="font-mono"
          />
        )}
      </Field>
    </FormDialog>
  )
}
