import type { Metadata } from 'next'
import Link from 'next/link'
import { ErrorState } from '#app/_components/error-state.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { localPath } from '#app/_server/local-path.ts'
import { services } from '#app/_server/services.ts'
import { web } from '#app/_server/web.ts'
import { endedInvitation, readInvitation } from '#lib/users/accept-invitation.ts'
import { roleSentences } from '#lib/users/roles.ts'
import { ServiceButtons } from '../sign-in/service-buttons.tsx'
import { InviteForm } from './invite-form.tsx'

export const metadata: Metadata = { title: 'Invitation' }

export default async function InvitePage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[]>>
}) {
  const { token } = await searchParams
  const given = typeof token === 'string' ? token : ''
  const { state, email, role } = await readInvitation(web().database.db, given)
  if (state !== 'open') {
    return (
      <ErrorState
        title="This link does not work any more"
        action={
          <Button asChild>
            <Link href="/sign-in">Sign in</Link>
          </Button>
        }
      >
        {endedInvitation[state]}
      </ErrorState>
    )
  }
  return (
    <>
      <h1 className="text-xl font-semibold">Join File Orbit</h1>
      <p className="mt-1 mb-5 text-muted-foreground">
        You become {role === 'viewer' ? 'a' : 'an'} {role}. {roleSentences[role]} The link works once.
      </p>
      <InviteForm token={given} email={email} />
      <ServiceButtons services={services} to={localPath(null)} />
      {services.length > 0 && (
        <p className="mt-2 text-sm text-muted-foreground">
          The account there must have the address {email}, confirmed.
        </p>
      )}
    </>
  )
}
