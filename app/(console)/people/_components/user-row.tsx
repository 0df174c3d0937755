'use client'

import { Ban } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { cn } from '#app/_components/cn.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { toast } from '#app/_components/toast.ts'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { User } from '#lib/users/people-schema.ts'
import { changeUser } from '../actions.ts'
import { ConfirmButton } from './confirm-button.tsx'
import { RoleSelect } from './role-select.tsx'

/** One person: a role that changes at once, and the way out and in again. */
export function UserRow({ user, isMe }: { user: User; isMe: boolean }) {
  const router = useRouter()
  const [busy, start] = useTransition()
  const { id, email, name, role, disabledAt, lastSeenAt } = user
  const change = (input: { role?: string; disabled?: boolean }, done: string) =>
    start(async () => {
      const result = await changeUser(id, input)
      if (!result.ok) return void toast.error(result.message)
      toast.success(done)
      router.refresh()
    })
  return (
    <li className="flex min-h-13 flex-wrap items-center gap-x-3 gap-y-2 px-3.5 py-2">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex min-w-0 items-center gap-2">
          <span className={cn('truncate font-medium', disabledAt && 'text-muted-foreground line-through')}>
            {email}
          </span>
          {isMe && <Badge>you</Badge>}
        </p>
        <p className="truncate text-sm text-muted-foreground">
          {name && <>{name} · </>}
          {disabledAt ? (
            <span className="inline-flex items-center gap-1 font-semibold text-idle">
              <Ban aria-hidden className="size-3" /> Disabled <RelativeTime at={disabledAt} />
            </span>
          ) : lastSeenAt ? (
            <>
              last seen <RelativeTime at={lastSeenAt} />
            </>
          ) : (
            'not seen for weeks'
          )}
        </p>
      </div>
      <RoleSelect
        aria-label={`Role of ${email}`}
        className="w-28"
        value={role}
        disabled={busy}
        onChange={(event) =>
          change({ role: event.target.value }, `${email} is ${withArticle(event.target.value)} now`)
        }
      />
      <div className="flex w-21 justify-end">
        {disabledAt ? (
          <Button
            busy={busy}
            aria-label={`Enable ${email}`}
            onClick={() => change({ disabled: false }, `${email} can sign in again`)}
          >
            Enable
          </Button>
        ) : (
          <ConfirmButton
            label="Disable"
            about={email}
            title={`Disable ${email}?`}
            verb="Disable"
            keep="Leave it"
            done={`${email} is out`}
            act={() => changeUser(id, { disabled: true })}
          >
            They are signed out everywhere at once and cannot sign in until they are enabled again. Their jobs
            go on. API keys and invitations that they made stay: revoke those that should not.
          </ConfirmButton>
        )}
      </div>
    </li>
  )
}

function withArticle(role: string): string {
  return `${role === 'viewer' ? 'a' : 'an'} ${role}`
}
