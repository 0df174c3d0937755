'use client'

import { useActionState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { join } from './actions.ts'

export function InviteForm({ token, email }: { token: string; email: string }) {
  const [state, action, busy] = useActionState(join, null)
  const atPassword = state?.issues.find(({ path }) => path === 'password')?.message
  return (
    <form action={action} className="grid gap-3.5">
      {state && !atPassword && <Notice tone="fail" title={state.message} live />}
      <input type="hidden" name="token" value={token} />
      <Field name="email" label="E-mail" help="The address that was invited; you sign in with it.">
        {(control) => <Input {...control} type="email" autoComplete="username" readOnly value={email} />}
      </Field>
      <Field name="password" label="Password" help="At least 10 characters." error={atPassword}>
        {(control) => (
          <Input {...control} type="password" autoComplete="new-password" required autoFocus minLength={10} />
        )}
      </Field>
      <Button type="submit" variant="default" size="lg" busy={busy}>
        Join
      </Button>
    </form>
  )
}
