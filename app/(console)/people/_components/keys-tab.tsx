import { KeyRound } from 'lucide-react'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Section } from '#app/_components/frame/page.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { orNotFound } from '#app/_server/action.ts'
import { listApiKeys } from '#lib/api-keys/list-api-keys.ts'
import type { Context } from '#lib/context.ts'
import { KeyForm } from './key-form.tsx'
import { More } from './more.tsx'
import { RevokeKey } from './revoke-key.tsx'

/** The keys that programs use, and a form for the next one. */
export async function KeysTab({ ctx, cursor }: { ctx: Context; cursor?: string }) {
  const keys = await orNotFound(listApiKeys({ ctx, input: cursor ? { cursor } : {} }))
  return (
    <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
      <div className="min-w-0">
        <Section title="API keys" note="for scripts, the command line and other programs">
          {keys.items.length === 0 ? (
            <EmptyState icon={KeyRound} title="No API key yet">
              A key lets a program do what its role may, until it is revoked.
            </EmptyState>
          ) : (
            <Card className="p-0">
              <ul aria-label="API keys" className="divide-y divide-hairline">
                {keys.items.map((key) => (
                  <li
                    key={key.id}
                    className="flex min-h-13 flex-wrap items-center gap-x-3 gap-y-1.5 px-3.5 py-2"
                  >
                    <div className="min-w-0 flex-1 basis-56">
                      <p className="flex min-w-0 items-center gap-2">
                        <span className="truncate font-medium">{key.name}</span>
                        <Badge>{key.role}</Badge>
                        <code className="font-mono text-sm text-muted-foreground">{key.prefix}…</code>
                      </p>
                      <p className="truncate text-sm text-muted-foreground">
                        made {key.createdBy && `by ${key.createdBy} `}
                        <RelativeTime at={key.createdAt} />,{' '}
                        {key.lastUsedAt ? (
                          <>
                            last used <RelativeTime at={key.lastUsedAt} />
                          </>
                        ) : (
                          'never used'
                        )}
                      </p>
                    </div>
                    <RevokeKey id={key.id} name={key.name} />
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <More href="/people?tab=keys&" cursor={keys.nextCursor} />
        </Section>
      </div>
      <div className="min-w-0">
        <Section title="Make an API key">
          <Card className="px-3.5 py-3">
            <KeyForm />
          </Card>
        </Section>
      </div>
    </div>
  )
}
