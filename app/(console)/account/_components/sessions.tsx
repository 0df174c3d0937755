'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { formatCountOf } from '#app/_components/format.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { toast } from '#app/_components/toast.ts'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { ActionResult } from '#app/_server/action.ts'
import type { LoginSession } from '#lib/users/people-schema.ts'
import { endOthers, endSession } from '../actions.ts'
import { deviceOf } from './device.ts'

const services: Record<string, string> = { password: 'password', github: 'GitHub', google: 'Google' }

/** Each sign-in that has not ended, by what its person knows it again. */
export function Sessions({ sessions }: { sessions: LoginSession[] }) {
  const router = useRouter()
  const [busy, start] = useTransition()
  const run = (act: () => Promise<ActionResult<unknown>>, done: string) =>
    start(async () => {
      const result = await act()
      if (!result.ok) toast.error(result.message)
      else toast.success(done)
      router.refresh()
    })
  const others = sessions.filter(({ current }) => !current).length
  return (
    <>
      <Card className="p-0">
        <ul aria-label="Sessions" className="divide-y divide-hairline">
          {sessions.map(({ id, current, userAgent, address, via, lastSeenAt, createdAt }) => (
            <li key={id} className="flex min-h-13 flex-wrap items-center gap-x-3 gap-y-1.5 px-3.5 py-2">
              <div className="min-w-0 flex-1 basis-56">
                <p className="flex items-center gap-2">
                  <span className="truncate font-medium" title={userAgent ?? undefined}>
                    {deviceOf(userAgent)}
                  </span>
                  {current && <Badge>this one</Badge>}
                </p>
                <p className="text-sm text-muted-foreground">
                  {address && <>{address} · </>}
                  by {services[via] ?? via} <RelativeTime at={createdAt} />
                  <span className="max-sm:hidden"> · </span>
                  {/* Its own line on a phone, which a growing number would begin else. */}
                  <span className="max-sm:block">
                    last seen <RelativeTime at={lastSeenAt} />
                  </span>
                </p>
              </div>
              {!current && (
                <Button
                  busy={busy}
                  aria-label={`End ${deviceOf(userAgent)}${address ? ` at ${address}` : ''}`}
                  onClick={() => run(() => endSession(id), 'The session was ended')}
                >
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {others > 0 ? (
        <div className="mt-3 flex justify-end">
          <Button
            variant="danger"
            busy={busy}
            onClick={() => run(endOthers, 'You are signed out everywhere else')}
          >
            End {formatCountOf(others, 'other session')}
          </Button>
        </div>
      ) : (
        <p className="mt-2 text-sm text-muted-foreground">You are signed in nowhere else.</p>
      )}
    </>
  )
}
