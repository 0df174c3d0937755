'use client'

import { BookmarkPlus, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { Field } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Chip, Chips } from '#app/_components/ui/chip.tsx'
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
import type { SavedView } from '#lib/views/schema.ts'
import { forgetView, keepView } from '../actions.ts'
import { type JobAddress, jobsAddress } from './jobs-address.ts'

/** The person's own views, and the way to keep the filters of now as one. */
export function SavedViews({ views, filters }: { views: SavedView[]; filters: JobAddress }) {
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const [forgetting, start] = useTransition()
  const here = jobsAddress(filters)
  const current = views.find((view) => jobsAddress(view.filters) === here)
  const filtered = Object.keys(filters).length > 0
  if (views.length === 0 && !filtered) return null
  const forget = (view: SavedView) =>
    start(async () => {
      const done = await forgetView(view.id)
      if (!done.ok) toast.error(done.message)
      else toast.success(`The view “${view.name}” was deleted`)
      router.refresh()
    })
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {views.length > 0 && (
        <Chips label="Saved views">
          {views.map((view) => (
            <Chip key={view.id} href={jobsAddress(view.filters)} current={view === current}>
              {view.name}
            </Chip>
          ))}
        </Chips>
      )}
      {current ? (
        <Button variant="ghost" busy={forgetting} onClick={() => forget(current)}>
          <X aria-hidden />
          Delete this view
        </Button>
      ) : (
        filtered && (
          <Button variant="ghost" onClick={() => setAsking(true)}>
            <BookmarkPlus aria-hidden />
            Save as a view
          </Button>
        )
      )}
      {asking && <SaveDialog filters={filters} onClose={() => setAsking(false)} />}
    </div>
  )
}

function SaveDialog({ filters, onClose }: { filters: JobAddress; onClose: () => void }) {
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
