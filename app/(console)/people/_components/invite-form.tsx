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
import { INVITATION_DAYS, roleSentences } from '#lib/users/roles.ts'
import { invite } from '../actions.ts'
import { RoleSelect } from './role-select.tsx'
import { ShownOnce } from './shown-once.tsx'

/** Makes an invitation and shows its link, which nothing else ever does. */
export function InviteForm() {
  const router = useRouter()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [made, setMade] = useState<{ email: string; link: string } | null>(null)
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [busy, start] = useTransition()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const done = await invite({ email, role })
      setRefusal(done.ok ? null : done)
      setMade(done.ok ? done.value : null)
      if (!done.ok) return
      setEmail('')
      router.refresh()
    })
  }
  return (
    <HydratedForm onSubmit={submit} className="grid gap-3.5">
      {made && (
        <ShownOnce
          title={`The link for ${made.email}`}
          value={made.link}
          what="link"
          onClose={() => setMade(null)}
        >
          It is shown this once. Send it to them: it works once, for {INVITATION_DAYS} days.
        </ShownOnce>
      )}
      {refusal && refusal.issues.length === 0 && <Notice tone="fail" title={refusal.message} live />}
      <Field
        name="email"
        label="E-mail"
        help="File Orbit sends no mail: you get a link to pass on."
        error={refusal?.issues.find(({ path }) => path === 'email')?.message}
      >
        {(control) => (
          <Input
            {...control}
            type="email"
            required
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field name="role" label="Role" help={roleSentences[role]}>
        {(control) => (
          <RoleSelect {...control} value={role} onChange={(event) => setRole(event.target.value as Role)} />
        )}
      </Field>
      <Button type="submit" variant="default" size="lg" busy={busy} className="w-fit">
        Make the link
      </Button>
    </HydratedForm>
  )
}
