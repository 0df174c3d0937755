'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Notice } from '#app/_components/notice.tsx'
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
  const run = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const made = await runNow(id, at ? instantAt(at, timeZone) : null)
      if (made.ok) router.push(`/jobs/${made.value.id}`)
      else setRefusal(made.message)
    })
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <form onSubmit={run} className="flex min-h-0 flex-1 flex-col">
          <DialogHeader>
            <DialogTitle>Run “{name}” now</DialogTitle>
            <DialogDescription>
              A job over the whole source starts at once, whether the template is on or off.
            </DialogDescription>
          </DialogHeader>
          <DialogBody className="grid gap-3">
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
          </DialogBody>
          <DialogFooter>
            <Button size="lg" onClick={onClose}>
              Close
            </Button>
            <Button size="lg" variant="default" type="submit" busy={busy}>
              Start the run
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
