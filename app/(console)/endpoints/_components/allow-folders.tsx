'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { allowFolders } from '../actions.ts'

/** Shown while no folder of this machine is allowed: nothing local works until an owner says which. */
export function AllowFolders({ mayAllow }: { mayAllow: boolean }) {
  const router = useRouter()
  const [text, setText] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  if (!mayAllow) {
    return (
      <Notice className="mt-4" tone="warn" title="No folder of this machine is allowed yet">
        An owner can allow some here, or start File Orbit with FILE_ORBIT_LOCAL_ROOTS.
      </Notice>
    )
  }
  const save = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const roots = text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
      const done = await allowFolders(roots)
      setError(done.ok ? null : (done.issues[0]?.message ?? done.message))
      if (done.ok) router.refresh()
    })
  }
  return (
    <Notice className="mt-4" tone="warn" title="No folder of this machine is allowed yet">
      <form onSubmit={save} className="mt-2 grid max-w-xl gap-3">
        <Field
          name="roots"
          label="Folders that transfers may use"
          help="One a line, each with everything below it. Nothing outside them is ever read or written."
          example="/srv/media"
          error={error}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="font-mono"
            />
          )}
        </Field>
        <Button type="submit" variant="default" size="lg" busy={busy} className="w-fit">
          Allow these folders
        </Button>
      </form>
    </Notice>
  )
}
