import { Section } from '#app/_components/frame/page.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { orNotFound } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { listInvitations } from '#lib/users/list-invitations.ts'
import { listUsers } from '#lib/users/list-users.ts'
import { roleSentences } from '#lib/users/roles.ts'
import { InvitationList } from './invitation-list.tsx'
import { InviteForm } from './invite-form.tsx'
import { More } from './more.tsx'
import { UserRow } from './user-row.tsx'

/** Who may sign in and as what, who is invited, and a form for the next one. */
export async function PeopleTab({ ctx, cursor, me }: { ctx: Context; cursor?: string; me: string }) {
  const [users, invitations] = await Promise.all([
    orNotFound(listUsers({ ctx, input: cursor ? { cursor } : {} })),
    listInvitations({ ctx, input: {} }),
  ])
  return (
    <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
      <div className="min-w-0">
        <Section title="People">
          <Card className="p-0">
            <ul aria-label="People" className="divide-y divide-hairline">
              {users.items.map((user) => (
                <UserRow key={user.id} user={user} isMe={user.id === me} />
              ))}
            </ul>
          </Card>
          <More href="/people?" cursor={users.nextCursor} />
        </Section>
        <Section title="Invitations" note="the newest 50; ended ones go after a month">
          <InvitationList invitations={invitations.items} />
        </Section>
      </div>
      <div className="min-w-0">
        <Section title="Invite a person">
          <Card className="px-3.5 py-3">
            <InviteForm />
          </Card>
        </Section>
        <Section title="Roles">
          <Card className="p-0">
            <KeyValues>
              {Object.entries(roleSentences).map(([role, sentence]) => (
                <KeyValue key={role} label={role}>
                  {sentence}
                </KeyValue>
              ))}
            </KeyValues>
          </Card>
        </Section>
      </div>
    </div>
  )
}
