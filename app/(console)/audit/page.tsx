import { ScrollText } from 'lucide-react'
import type { Metadata } from 'next'
import Form from 'next/form'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { listAudit } from '#lib/audit/list-audit.ts'
import type { AuditEntry } from '#lib/audit/schema.ts'
import { deedOf, detailText, subjectHref } from './_components/words.ts'

export const metadata: Metadata = { title: 'Audit' }

type Search = { actor?: string; action?: string; q?: string; cursor?: string }

const filters = [
  { name: 'actor', label: 'Who', placeholder: 'Who: a name or an id' },
  { name: 'action', label: 'What', placeholder: 'What: job.create, or job' },
  { name: 'q', label: 'Subject', placeholder: 'Subject: an id, or words' },
] as const

export default async function AuditPage({ searchParams }: { searchParams: Promise<Search> }) {
  const search = await searchParams
  const ctx = await pageContext()
  if (ctx.actor.type !== 'user' || ctx.actor.role !== 'owner') {
    return (
      <Page trail={[{ label: 'Audit' }]}>
        <NoPermission needs="owner" />
      </Page>
    )
  }
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value !== ''))
  const page = await orNotFound(listAudit({ ctx, input: given }))
  const narrowed = filters.some(({ name }) => given[name])
  return (
    <Page trail={[{ label: 'Audit' }]}>
      <PageHeader title="Audit" meta="who did what, newest first" />
      <Form action="/audit" className="my-3 flex flex-wrap gap-2">
        {filters.map(({ name, label, placeholder }) => (
          <Input
            key={`${name} ${given[name] ?? ''}`}
            type="search"
            name={name}
            aria-label={label}
            placeholder={placeholder}
            maxLength={200}
            defaultValue={given[name] ?? ''}
            className="flex-1 basis-56"
          />
        ))}
        <Button type="submit" size="lg">
          Filter
        </Button>
        {narrowed && (
          <Button asChild size="lg" variant="ghost">
            <Link href="/audit">Show all</Link>
          </Button>
        )}
      </Form>
      {page.items.length === 0 ? (
        <EmptyState icon={ScrollText} title={page.nextCursor ? 'Nothing so far' : 'Nothing is written down'}>
          {page.nextCursor
            ? 'The newest 20,000 entries were looked through; older ones were not yet.'
            : 'No entry has what is asked for above.'}
        </EmptyState>
      ) : (
        <Card className="p-0">
          <ul aria-label="Audit entries" className="divide-y divide-hairline">
            {page.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ul>
        </Card>
      )}
      {page.nextCursor && (
        <div className="mt-3 flex justify-end">
          <Button asChild>
            <Link href={`/audit?${new URLSearchParams({ ...given, cursor: page.nextCursor })}`}>Older</Link>
          </Button>
        </div>
      )}
    </Page>
  )
}

function Entry({ entry: { at, actor, action, subjectId, detail } }: { entry: AuditEntry }) {
  const href = subjectHref(action, subjectId)
  const more = detailText(detail)
  return (
    <li className="grid gap-x-4 gap-y-0.5 px-3.5 py-2 md:grid-cols-[110px_minmax(0,1fr)_minmax(0,1fr)]">
      <RelativeTime at={at} className="text-muted-foreground" />
      <p className="min-w-0 break-words">
        <span className="font-medium" title={`${actor.type} ${actor.id}`}>
          {actor.label}
        </span>{' '}
        <span title={action}>{deedOf(action)}</span>
        {actor.type !== 'user' && (
          <span className="text-muted-foreground"> · {actor.type === 'apiKey' ? 'API key' : actor.type}</span>
        )}
      </p>
      <p className="min-w-0 text-sm break-words text-muted-foreground">
        {more}
        {href && (
          <>
            {more && ' '}
            <Link href={href} className="font-mono underline underline-offset-2 hover:text-foreground">
              {subjectId?.slice(-12)}
              <span className="sr-only">, its page</span>
            </Link>
          </>
        )}
      </p>
    </li>
  )
}
