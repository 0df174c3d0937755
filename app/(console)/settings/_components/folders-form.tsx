'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { allowFolders } from '../../endpoints/actions.ts'

/** Which folders of this machine transfers may use. */
export function FoldersForm({ roots, verb }: { roots: string[]; verb: string }) {
  const router = useRouter()
  const [text, setText] = useState(roots.join('\n'))
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const save = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const lines = text.split('\n').map((line) => line.trim())
      const done = await allowFolders(lines.filter(Boolean))
      setError(done.ok ? null : (done.issues[0]?.message ?? done.message))
      if (!done.ok) return
      toast.success('The allowed folders were saved')
      router.refresh()
    })
  }
  return (
    <HydratedForm onSubmit={save} className="grid gap-3">
      <Field
        name="roots"
        label="Folders that transfers may use"
        help="One a line, each with everything below it. Nothing outside them is ever read or written; endpoints outside them stop working."
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
      <Button type="submit" busy={busy} size="lg" className="w-fit">
        {verb}
      </Button>
    </HydratedForm>
  )
}
