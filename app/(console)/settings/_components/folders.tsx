'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Section } from '#app/_components/frame/page.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import type { SettingsView } from '#lib/settings/read-settings.ts'
import { allowFolders } from '../../endpoints/actions.ts'

/** The folders of this machine that transfers may use: to be changed here unless the environment decides. */
export function Folders({ folders }: { folders: SettingsView['folders'] }) {
  return (
    <div id="folders">
      <Section title="Allowed folders" note="of this machine, each with everything below it">
        <Card className="px-3.5 py-3">
          {folders.byEnvironment ? <ByEnvironment roots={folders.roots} /> : <Form roots={folders.roots} />}
        </Card>
      </Section>
    </div>
  )
}

function ByEnvironment({ roots }: { roots: string[] }) {
  return (
    <>
      <ul className="grid gap-1">
        {roots.map((root) => (
          <li key={root} className="min-w-0">
            <PathText path={root} wrap />
          </li>
        ))}
      </ul>
      <p className="mt-2 text-sm text-muted-foreground">
        FILE_ORBIT_LOCAL_ROOTS decides, at each start: change it there.
      </p>
    </>
  )
}

function Form({ roots }: { roots: string[] }) {
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
    <form onSubmit={save} className="grid gap-3">
      <Field
        name="roots"
        label="Folders that transfers may use"
        help="One a line. Nothing outside them is ever read or written; endpoints outside them stop working."
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
        Save the folders
      </Button>
    </form>
  )
}
