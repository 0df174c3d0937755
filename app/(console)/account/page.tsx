import type { Metadata } from 'next'
import { Page, PageHeader, Section } from '#app/_components/frame/page.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { pageContext } from '#app/_server/action.ts'
import { currentSession } from '#app/_server/auth.ts'
import { listSessions } from '#lib/users/list-sessions.ts'
import { readAccount } from '#lib/users/own-account.ts'
import { roleSentences } from '#lib/users/roles.ts'
import { IdentitiesCard } from './_components/identities-card.tsx'
import { NameForm } from './_components/name-form.tsx'
import { PasswordForm } from './_components/password-form.tsx'
import { Sessions } from './_components/sessions.tsx'

export const metadata: Metadata = { title: 'Your account' }

/** More sign-ins than anybody looks through; "end all others" reaches those beyond it too. */
const SHOWN = 100

export default async function AccountPage() {
  const ctx = await pageContext()
  const sessionId = (await currentSession())?.id ?? null
  const [account, sessions] = await Promise.all([
    readAccount({ ctx }),
    listSessions({ ctx, input: { limit: SHOWN }, sessionId }),
  ])
  return (
    <Page trail={[{ label: 'Your account' }]}>
      <PageHeader title="Your account" meta={account.email} />
      <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
        <div className="min-w-0">
          <Section title="Where you are signed in">
            <Sessions sessions={sessions.items} />
          </Section>
          <IdentitiesCard />
        </div>
        <div className="min-w-0">
          <Section title="You">
            <Card className="grid gap-3.5 px-3.5 py-3">
              <p className="text-muted-foreground">
                Your role is <span className="text-foreground">{account.role}</span>.{' '}
                {roleSentences[account.role]}
              </p>
              <NameForm name={account.name} />
            </Card>
          </Section>
          <Section title={account.hasPassword ? 'Password' : 'Set a password'}>
            <Card className="px-3.5 py-3">
              <PasswordForm email={account.email} hasPassword={account.hasPassword} />
            </Card>
          </Section>
        </div>
      </div>
    </Page>
  )
}
