'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { FieldIssue } from '#lib/errors.ts'
import { savePassword } from '../actions.ts'

/** Changes the password, or sets the first one of a person who came by another service. */
export function PasswordForm({ email, hasPassword }: { email: string; hasPassword: boolean }) {
  const router = useRouter()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [busy, start] = useTransition()
  const errorAt = (field: string) => refusal?.issues.find(({ path }) => path === field)?.message
  const save = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const done = await savePassword({ ...(hasPassword && { current }), password })
      setRefusal(done.ok ? null : done)
      if (!done.ok) return
      setCurrent('')
      setPassword('')
      toast.success(hasPassword ? 'The password was changed' : 'The password was set')
      router.refresh()
    })
  }
  return (
    <HydratedForm onSubmit={save} className="grid gap-3.5">
      {refusal && refusal.issues.length === 0 && <Notice tone="fail" title={refusal.message} live />}
      {/* For password managers: whose password it is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      {hasPassword && (
        <Field name="current" label="Present password" error={errorAt('current')}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              required
              value={current}
              onChange={(event) => setCurrent(event.target.value)}
            />
          )}
        </Field>
      )}
      <Field
        name="password"
        label="New password"
        help={`At least 10 characters. You are signed out everywhere else.${hasPassword ? '' : ' It is set within five minutes of a sign-in.'}`}
        error={errorAt('password')}
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" busy={busy} size="lg" className="w-fit">
        {hasPassword ? 'Change the password' : 'Set the password'}
      </Button>
    </HydratedForm>
  )
}
