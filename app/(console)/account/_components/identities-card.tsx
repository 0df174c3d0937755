import { Suspense } from 'react'
import { Section } from '#app/_components/frame/page.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { ServiceIcon } from '#app/_components/service-icon.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { pageContext } from '#app/_server/action.ts'
import { currentSession } from '#app/_server/auth.ts'
import { services } from '#app/_server/services.ts'
import { type LinkedIdentity, listIdentities } from '#lib/users/identities.ts'
import { linkService, unlinkService } from './identity-actions.ts'
import { LinkNotice } from './link-notice.tsx'

const names: Record<string, string> = { github: 'GitHub', google: 'Google', oidc: 'OpenID Connect' }
const nameOf = (provider: string) =>
  services.find(({ id }) => id === provider)?.name ?? names[provider] ?? provider

/** The accounts elsewhere that sign this person in. Nothing where there are none and no service is on. */
export async function IdentitiesCard() {
  const ctx = await pageContext()
  const session = await currentSession()
  if (!session) return null
  const { items, hasPassword, isFresh } = await listIdentities({ ctx, sessionId: session.id })
  const others = services.filter(({ id }) => !items.some(({ provider }) => provider === id))
  if (items.length === 0 && others.length === 0) return null
  const isLastWay = !hasPassword && items.length === 1
  return (
    <Section title="Signing in with" note="accounts elsewhere that let you in here">
      <Suspense>
        <LinkNotice />
      </Suspense>
      <Card className="p-0">
        <ul className="divide-y divide-hairline">
          {items.map((one) => (
            <Linked key={one.id} identity={one} isLastWay={isLastWay} />
          ))}
          {others.map(({ id, name }) => (
            <Row key={id} id={id} name={name} note="not linked">
              <form action={linkService}>
                <input type="hidden" name="service" value={id} />
                <Button type="submit" disabled={!isFresh} aria-label={`Link ${name}`}>
                  Link
                </Button>
              </form>
            </Row>
          ))}
        </ul>
      </Card>
      {others.length > 0 && !isFresh && (
        <p className="mt-1.5 text-sm text-muted-foreground">
          To link an account, sign out and in again first: that can be done within five minutes of a sign-in.
        </p>
      )}
    </Section>
  )
}

function Linked({ identity, isLastWay }: { identity: LinkedIdentity; isLastWay: boolean }) {
  const { id, provider, email, lastUsedAt } = identity
  const name = nameOf(provider)
  const note = (
    <>
      {email || 'linked'}
      {lastUsedAt && (
        <>
          {' · last used '}
          <RelativeTime at={lastUsedAt} />
        </>
      )}
      {isLastWay && ' · your only way in'}
    </>
  )
  return (
    <Row id={provider} name={name} note={note}>
      <form action={unlinkService}>
        <input type="hidden" name="id" value={id} />
        <Button type="submit" variant="danger" disabled={isLastWay} aria-label={`Unlink ${name}`}>
          Unlink
        </Button>
      </form>
    </Row>
  )
}

function Row(props: { id: string; name: string; note: React.ReactNode; children: React.ReactNode }) {
  return (
    <li className="flex items-center gap-3 px-3.5 py-2 [&_svg]:size-4 [&_svg]:shrink-0">
      <ServiceIcon id={props.id} />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{props.name}</p>
        <p className="text-sm break-words text-muted-foreground">{props.note}</p>
      </div>
      {props.children}
    </li>
  )
}
