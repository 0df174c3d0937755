import { Ban, CircleCheck, Clock, type LucideIcon, MailOpen } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Invitation } from '#lib/users/people-schema.ts'
import { Withdraw } from './withdraw.tsx'

const looks: Record<Invitation['state'], { word: string; className: string; icon: LucideIcon }> = {
  open: { word: 'Open', className: 'text-run', icon: MailOpen },
  accepted: { word: 'Accepted', className: 'text-ok', icon: CircleCheck },
  revoked: { word: 'Withdrawn', className: 'text-idle', icon: Ban },
  expired: { word: 'Expired', className: 'text-idle', icon: Clock },
}

/** What became of each link. */
export function InvitationList({ invitations }: { invitations: Invitation[] }) {
  if (invitations.length === 0) {
    return (
      <Card className="px-3.5 py-4 text-muted-foreground">
        Nobody is invited. Who is not here yet comes in by a link that you make.
      </Card>
    )
  }
  return (
    <Card className="p-0">
      <ul aria-label="Invitations" className="divide-y divide-hairline">
        {invitations.map((one) => (
          <li key={one.id} className="flex min-h-13 flex-wrap items-center gap-x-3 gap-y-1.5 px-3.5 py-2">
            <div className="min-w-0 flex-1 basis-56">
              <p className="flex min-w-0 items-center gap-2">
                <span className="truncate font-medium">{one.email}</span>
                <Badge>{one.role}</Badge>
              </p>
              <p className="truncate text-sm text-muted-foreground">
                by {one.createdBy} <RelativeTime at={one.createdAt} />
                {one.state === 'open' && (
                  <>
                    , ends <RelativeTime at={one.expiresAt} />
                  </>
                )}
              </p>
            </div>
            <State state={one.state} />
            {one.state === 'open' && <Withdraw id={one.id} email={one.email} />}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function State({ state }: { state: Invitation['state'] }) {
  const { word, className, icon: Icon } = looks[state]
  return (
    <span className={cn('inline-flex items-center gap-1.5 text-sm font-semibold', className)}>
      <Icon aria-hidden className="size-3.5" strokeWidth={2.25} />
      {word}
    </span>
  )
}
