'use client'

import { useTransition } from 'react'
import { toast } from '#app/_components/toast.ts'
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogTitle,
  AlertDialogTrigger,
} from '#app/_components/ui/alert-dialog.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { removeEndpoint } from '../actions.ts'

/** Asks at once: it comes when it is wanted (delete-part.tsx). */
export function DeleteEndpoint({ id, name }: { id: string; name: string }) {
  const [busy, start] = useTransition()
  const remove = () =>
    start(async () => {
      const done = await removeEndpoint(id)
      if (done && !done.ok) toast.error(done.message)
    })
  return (
    <AlertDialog defaultOpen>
      <AlertDialogTrigger asChild>
        <Button variant="danger" busy={busy}>
          Delete the endpoint
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent>
        <AlertDialogTitle>Delete “{name}”?</AlertDialogTitle>
        <AlertDialogDescription>
          File Orbit forgets the endpoint. No file in it is touched, and the jobs that used it stay in the
          history.
        </AlertDialogDescription>
        <AlertDialogFooter>
          <AlertDialogCancel>Keep it</AlertDialogCancel>
          <AlertDialogAction onClick={remove}>Delete it</AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
