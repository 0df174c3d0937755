'use client'

import { useActionState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { makeFirstOwner } from './actions.ts'

/** `rootsGiven`: the folders that the settings already allow; then they are not asked for. */
export function SetupForm({ token, rootsGiven }: { token: string; rootsGiven: string[] | null }) {
  const [state, action, busy] = useActionState(makeFirstOwner, null)
  const errorAt = (path: string) => state?.issues.find((issue) => issue.path.startsWith(path))?.message
  const atNoField = state && !['email', 'password', 'roots'].some((path) => errorAt(path))
  return (
    <form action={action} className="grid gap-3.5" key={state?.attempt}>
      {atNoField && <Notice tone="fail" title={state.message} live />}
      <input type="hidden" name="token" value={token} />
      <Field name="email" label="E-mail" error={errorAt('email')}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            required
            autoFocus
            defaultValue={state?.values.email}
          />
        )}
      </Field>
      <Field name="password" label="Password" help="At least 10 characters." error={errorAt('password')}>
        {(control) => (
          <Input {...control} type="password" autoComplete="new-password" required minLength={10} />
        )}
      </Field>
      {rootsGiven ? (
        <p className="text-sm text-muted-foreground">
          Folders of this machine that transfers may use:{' '}
          <span className="font-mono text-foreground">{rootsGiven.join(', ')}</span> (by
          FILE_ORBIT_LOCAL_ROOTS).
        </p>
      ) : (
        <Field
          name="roots"
          label="Folders of this machine that transfers may use"
          help="One a line, each with everything below it. Nothing outside them is ever read or written."
          example="/srv/media"
          error={errorAt('roots')}
          optional
        >
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              spellCheck={false}
              className="font-mono"
              defaultValue={state?.values.roots}
            />
          )}
        </Field>
      )}
      <Button type="submit" variant="default" size="lg" busy={busy}>
        Create the first owner
      </Button>
    </form>
  )
}
