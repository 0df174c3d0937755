'use client'

import { useActionState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { signInWithPassword } from './actions.ts'

export function SignInForm({ to }: { to: string }) {
  const [state, action, busy] = useActionState(signInWithPassword, null)
  return (
    <form action={action} className="grid gap-3.5">
      {state && <Notice tone="fail" title={state.message} live />}
      <input type="hidden" name="to" value={to} />
      <Field name="email" label="E-mail">
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            required
            autoFocus
            key={state?.email}
            defaultValue={state?.email}
          />
        )}
      </Field>
      <Field name="password" label="Password">
        {(control) => <Input {...control} type="password" autoComplete="current-password" required />}
      </Field>
      <Button type="submit" variant="default" size="lg" busy={busy}>
        Sign in
      </Button>
    </form>
  )
}
