'use client'

import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { FieldIssue } from '#lib/errors.ts'
import { exportConf } from '../actions.ts'

type Done = { written: string[]; leftOut: { name: string; why: string }[] }

/** Asks for the password right then, and saves the file. */
export function ExportForm({ asksPassword }: { asksPassword: boolean }) {
  const [password, setPassword] = useState('')
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [done, setDone] = useState<Done | null>(null)
  const [busy, start] = useTransition()
  const atPassword = refusal?.issues.find(({ path }) => path === 'password')?.message
  const run = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const answer = await exportConf(password)
      setPassword('')
      setRefusal(answer.ok ? null : answer)
      if (!answer.ok) return
      save(answer.value.text)
      setDone(answer.value)
    })
  }
  return (
    <HydratedForm onSubmit={run} className="grid gap-4">
      {refusal && !atPassword && <Notice tone="fail" title={refusal.message} live />}
      {done && (
        <Notice
          tone={done.leftOut.length > 0 ? 'warn' : 'ok'}
          title={
            done.written.length === 1
              ? 'One endpoint is in the file'
              : `${done.written.length} endpoints are in the file`
          }
          live
        >
          {done.leftOut.map(({ name, why }) => (
            <p key={name}>
              Left out: {name}. {why}
            </p>
          ))}
        </Notice>
      )}
      {asksPassword ? (
        <Field
          name="password"
          label="Your password"
          help="Of your account here, once more: a browser left open must not give the secrets away."
          error={atPassword}
          className="max-w-80"
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
      ) : (
        <p className="text-muted-foreground">
          You sign in by another service. It works within five minutes of that: if it was longer ago, sign out
          and in again first.
        </p>
      )}
      <Button type="submit" variant="default" size="lg" className="w-fit" busy={busy}>
        Export
      </Button>
    </HydratedForm>
  )
}

function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'rclone.conf'
  link.click()
  URL.revokeObjectURL(address)
}
