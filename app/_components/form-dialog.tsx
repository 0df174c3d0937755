'use client'

import type { ReactNode } from 'react'
import { Button } from './ui/button.tsx'
import {
  Dialog,
  DialogBody,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from './ui/dialog.tsx'

export type FormDialogProps = {
  title: string
  /** What it will do, or where. */
  description: string
  /** On the button that does it. */
  verb: string
  busy: boolean
  onSubmit: () => void
  onClose: () => void
  /** Another button in place of the one that closes. */
  other?: ReactNode
  children: ReactNode
}

/** A question of a field or two over the page: Enter does it, Escape leaves it. */
export function FormDialog({
  title,
  description,
  verb,
  busy,
  onSubmit,
  onClose,
  other,
  children,
}: FormDialogProps) {
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="sm:max-w-md">
        <form onSubmit={submit} className="contents">
          <DialogHeader>
            <DialogTitle>{title}</DialogTitle>
            <DialogDescription>{description}</DialogDescription>
          </DialogHeader>
          <DialogBody className="grid gap-3">{children}</DialogBody>
          <DialogFooter>
            {other ?? (
              <Button size="lg" onClick={onClose}>
                Close
              </Button>
            )}
            <Button type="submit" size="lg" variant="default" busy={busy}>
              {verb}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
