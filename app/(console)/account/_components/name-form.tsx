'use client'

import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { saveName } from '../actions.ts'

export function NameForm({ name }: { name: string }) {
  const [text, setText] = useState(name)
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const save = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const done = await saveName(text)
      setError(done.ok ? null : (done.issues[0]?.message ?? done.message))
      if (done.ok) toast.success('Your name was saved')
    })
  }
  return (
    <HydratedForm onSubmit={save} className="grid gap-3">
      <Field name="name" label="Name" help="Shown beside your address to owners." error={error} optional>
        {(control) => (
          <Input
            {...control}
            autoComplete="name"
            maxLength={100}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" busy={busy} className="w-fit">
        Save the name
      </Button>
    </HydratedForm>
  )
}
