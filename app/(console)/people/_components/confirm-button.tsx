'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useTransition } from 'react'
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
import type { ActionResult } from '#app/_server/action.ts'

export type ConfirmButtonProps = {
  /** On the button that opens the question; `about` tells it from those of other rows. */
  label: string
  about: string
  title: string
  /** What it will do, in plain words. */
  children: ReactNode
  /** On the buttons of the question. */
  verb: string
  keep: string
  done: string
  act: () => Promise<ActionResult<unknown>>
}

/** A deed that asks first; the list is read anew after it. */
export function ConfirmButton({ label, about, title, children, verb, keep, done, act }: ConfirmButtonProps) {
  const router = useRouter()
  const [busy, start] = useTransition()
  const run = () =>
    start(async () => {
      const result = await act()
      if (!result.ok) return void toast.error(result.message)
      toast.success(done)
      router.refresh()
    })
  return (
    <AlertDialog>
      <AlertDialogTrigger asChild>
        <Button variant="danger" busy={busy} aria-label={`${label} ${about}`}>
          {label}
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent>
        <AlertDialogTitle>{title}</AlertDialogTitle>
        <AlertDialogDescription>{children}</AlertDialogDescription>
        <AlertDialogFooter>
          <AlertDialogCancel>{keep}</AlertDialogCancel>
          <AlertDialogAction onClick={run}>{verb}</AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
