'use client'

import { useEffect, useState, useTransition } from 'react'
import { formatCountOf } from '#app/_components/format.ts'
import { Notice } from '#app/_components/notice.tsx'
import { toast } from '#app/_components/toast.ts'
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
import { Skeleton } from '#app/_components/ui/skeleton.tsx'
import type { ReplayAnswer } from '#lib/events/schema.ts'
import { replay } from '../actions.ts'

const SHOWN = 20

/** Says what a replay would run before anybody starts it. */
export function ReplayDialog({
  ids,
  nameOf,
  onDone,
  onClose,
}: {
  ids: readonly string[]
  nameOf: (id: string) => string | undefined
  onDone: () => void
  onClose: () => void
}) {
  const [would, setWould] = useState<ReplayAnswer | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, start] = useTransition()
  useEffect(() => {
    let gone = false
    void replay({ ids: [...ids], dryRun: true }).then((answer) => {
      if (gone) return
      if (answer.ok) setWould(answer.value)
      else setRefusal(answer.message)
    })
    return () => {
      gone = true
    }
  }, [ids])
  const run = () =>
    start(async () => {
      const answer = await replay({ ids: [...ids], dryRun: false })
      if (!answer.ok) return setRefusal(answer.message)
      toast.success(`${formatCountOf(answer.value.replayed.length, 'event')} replayed`)
      onDone()
    })
  const count = would?.replayed.length ?? 0
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>Replay {formatCountOf(ids.length, 'event')}</DialogTitle>
          <DialogDescription>
            They wait for a job again, by their template as it is now. A file that is at its place already and
            the same is not copied twice.
          </DialogDescription>
        </DialogHeader>
        <DialogBody className="min-h-24">
          {refusal && <Notice tone="fail" title={refusal} live />}
          {!would && !refusal && (
            <div aria-busy className="grid gap-2">
              <Skeleton className="h-4 w-3/5" />
              <Skeleton className="h-4 w-2/5" />
            </div>
          )}
          {would && (
            <p role="status">
              {count === 0
                ? 'Nothing would run.'
                : `Would run: ${formatCountOf(count, 'event')} in ${formatCountOf(would.jobs, 'job')}.`}
            </p>
          )}
          {would && would.refused.length > 0 && (
            <>
              <p className="mt-2 text-muted-foreground">
                {formatCountOf(would.refused.length, 'event')} cannot be replayed:
              </p>
              <ul className="mt-1 grid gap-1 text-sm">
                {would.refused.slice(0, SHOWN).map(({ id, reason }) => (
                  <li key={id}>
                    <span className="font-mono break-all">{nameOf(id) ?? id}</span>: {reason}
                  </li>
                ))}
                {would.refused.length > SHOWN && <li>and {would.refused.length - SHOWN} more</li>}
              </ul>
            </>
          )}
        </DialogBody>
        <DialogFooter>
          <Button size="lg" onClick={onClose}>
            Close
          </Button>
          <Button size="lg" variant="default" busy={busy} disabled={count === 0} onClick={run}>
            {count === 0 ? 'Replay' : `Replay ${formatCountOf(count, 'event')}`}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  )
}
