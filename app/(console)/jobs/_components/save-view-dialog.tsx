'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import {
  Dialog,
  DialogBody,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from '#app/_components/ui/dialog.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { keepView } from '../actions.ts'
import type { JobAddress } from './jobs-address.ts'

/** Asks for the name under which the filters are kept. */
export function SaveViewDialog({ filters, onClose }: { filters: JobAddress; onClose: () => void }) {
  const router = useRouter()
  const [name, setName] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const save = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const done = await keepView({ name, filters })
      if (!done.ok) return setError(done.message)
      onClose()
      router.refresh()
    })
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="sm:max-w-md">
        <form onSubmit={save} className="contents">
          <DialogHeader>
            <DialogTitle>Save as a view</DialogTitle>
            <DialogDescription>The filters of now under a name; only you see it.</DialogDescription>
          </DialogHeader>
          <DialogBody>
            <Field
              name="name"
              label="Name"
              help="A view of yours that has this name is replaced."
              error={error}
            >
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
          </DialogBody>
          <DialogFooter>
            <Button size="lg" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" size="lg" variant="default" busy={busy}>
              Save the view
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
