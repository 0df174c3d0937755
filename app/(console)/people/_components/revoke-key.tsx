'use client'

import { revokeKey } from '../actions.ts'
import { ConfirmButton } from './confirm-button.tsx'

export function RevokeKey({ id, name }: { id: string; name: string }) {
  return (
    <ConfirmButton
      label="Revoke"
      about={`the key ${name}`}
      title={`Revoke the key “${name}”?`}
      verb="Revoke it"
      keep="Keep it"
      done="The key was revoked"
      act={() => revokeKey(id)}
    >
      Whatever uses it is refused from its next request on. Jobs that it started go on.
    </ConfirmButton>
  )
}
