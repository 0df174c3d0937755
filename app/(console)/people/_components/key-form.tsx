'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { Role } from '#lib/db/schema/users.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { roleSentences } from '#lib/users/roles.ts'
import { makeKey } from '../actions.ts'
import { RoleSelect } from './role-select.tsx'
import { ShownOnce } from './shown-once.tsx'

/** Makes a key and shows it, which nothing else ever does. */
export function KeyForm() {
  const router = useRouter()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const [made, setMade] = useState<{ name: string; key: string } | null>(null)
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [busy, start] = useTransition()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const done = await makeKey({ name, role })
      setRefusal(done.ok ? null : done)
      setMade(done.ok ? { name: done.value.name, key: done.value.key! } : null)
      if (!done.ok) return
      setName('')
      router.refresh()
    })
  }
  return (
    <HydratedForm onSubmit={submit} className="grid gap-3.5">
      {made && (
        <ShownOnce title={`The key “${made.name}”`} value={made.key} what="key" onClose={() => setMade(null)}>
          It is shown this once; only its hash is kept. The command line reads it from FILE_ORBIT_API_KEY.
        </ShownOnce>
      )}
      {refusal && refusal.issues.length === 0 && <Notice tone="fail" title={refusal.message} live />}
      <Field
        name="name"
        label="Name"
        help="What it is for; the audit calls it so."
        example="nightly"
        error={refusal?.issues.find(({ path }) => path === 'name')?.message}
      >
        {(control) => (
          <Input
            {...control}
            required
            maxLength={100}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field name="role" label="Role" help={roleSentences[role]}>
        {(control) => (
          <RoleSelect {...control} value={role} onChange={(event) => setRole(event.target.value as Role)} />
        )}
      </Field>
      <Button type="submit" variant="default" size="lg" busy={busy} className="w-fit">
        Make the key
      </Button>
    </HydratedForm>
  )
}
