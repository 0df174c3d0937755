'use client'

import { withdrawInvitation } from '../actions.ts'
import { ConfirmButton } from './confirm-button.tsx'

export function Withdraw({ id, email }: { id: string; email: string }) {
  return (
    <ConfirmButton
      label="Withdraw"
      about={`the invitation of ${email}`}
      title={`Withdraw the invitation of ${email}?`}
      verb="Withdraw it"
      keep="Leave it"
      done="The invitation was withdrawn"
      act={() => withdrawInvitation(id)}
    >
      The link stops working at once. You can make a new one at any time.
    </ConfirmButton>
  )
}
