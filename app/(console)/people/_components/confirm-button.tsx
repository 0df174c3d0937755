'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useState, useTransition } from 'react'
import { Question } from '#app/_components/question.tsx'
import { toast } from '#app/_components/toast.ts'
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
  const [asking, setAsking] = useState(false)
  const [busy, start] = useTransition()
  const run = () =>
    start(async () => {
      const result = await act()
      if (!result.ok) return void toast.error(result.message)
      toast.success(done)
      router.refresh()
    })
  return (
    <>
      <Button variant="danger" busy={busy} aria-label={`${label} ${about}`} onClick={() => setAsking(true)}>
        {label}
      </Button>
      {asking && (
        <Question
          {...{ title, text: children, no: keep, yes: verb }}
          onYes={run}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
