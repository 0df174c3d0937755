import { Copy, Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { SearchBox } from '#app/(console)/jobs/_components/search-box.tsx'
import { OverviewRefresh } from '#app/(console)/overview/_components/overview-refresh.tsx'
import { countEndpoints } from '#lib/endpoints/queries.ts'
import { listTemplateViews } from '#lib/templates/views.ts'
import { TemplateRow } from '../_components/template-row.tsx'

export const metadata: Metadata = { title: 'Templates' }

export default async function TemplatesPage({
  searchParams,
}: {
  searchParams: Promise<{ q?: string; cursor?: string }>
}) {
  const { q, cursor } = await searchParams
  const ctx = await pageContext()
  const [page, endpoints] = await Promise.all([
    orNotFound(listTemplateViews({ ctx, input: { ...(q && { q }), ...(cursor && { cursor }) } })),
    countEndpoints({ ctx }),
  ])
  const mayChange = ctx.actor.type === 'user' && ctx.actor.role !== 'viewer'
  const isFirst = page.items.length === 0 && !q && !cursor
  const next = new URLSearchParams({ ...(q && { q }), cursor: page.nextCursor ?? '' })
  return (
    <Page trail={[{ label: 'Templates' }]}>
      <PageHeader
        title="Templates"
        actions={
          mayChange &&
          !isFirst && (
            <Button asChild>
              <Link href="/templates/new">
                <Plus aria-hidden />
                New template
              </Link>
            </Button>
          )
        }
      />
      {isFirst ? (
        <div className="mt-4">
          <First endpoints={endpoints} mayChange={mayChange} />
        </div>
      ) : (
        <>
          <OverviewRefresh known={{}} />
          <div className="mt-3 mb-2.5 flex justify-end">
            <SearchBox placeholder="Search templates" />
          </div>
          {page.items.length === 0 ? (
            <EmptyState
              icon={Copy}
              title="No template of that name"
              action={
                <Button asChild>
                  <Link href="/templates">Show all templates</Link>
                </Button>
              }
            >
              Every template is hidden by what is searched for.
            </EmptyState>
          ) : (
            <Card className="overflow-hidden p-0">
              <ul aria-label="Templates" className="divide-y divide-hairline">
                {page.items.map((view) => (
                  <TemplateRow key={view.template.id} view={view} mayChange={mayChange} />
                ))}
              </ul>
            </Card>
          )}
          <div className="mt-3 flex justify-end gap-2">
            {cursor && (
              <Button asChild>
                <Link href={q ? `/templates?q=${encodeURIComponent(q)}` : '/templates'}>First page</Link>
              </Button>
            )}
            {page.nextCursor && (
              <Button asChild>
                <Link href={`/templates?${next}`}>More</Link>
              </Button>
            )}
          </div>
        </>
      )}
    </Page>
  )
}

function First({ endpoints, mayChange }: { endpoints: number; mayChange: boolean }) {
  if (!mayChange) {
    return (
      <EmptyState icon={Copy} title="No template yet">
        A template is a saved transfer with what starts it. An operator or an owner can make one.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={Copy}
      title="No template yet"
      steps={[
        {
          title: 'Have two places',
          text: 'Where files come from, and where they go.',
          done: endpoints > 0,
          action: endpoints === 0 && (
            <Button asChild>
              <Link href="/endpoints/new">Add an endpoint</Link>
            </Button>
          ),
        },
        {
          title: 'Save the transfer',
          text: 'What is taken, and where each file lands: {year}/{month}/{filename}.',
          action: endpoints > 0 && (
            <Button asChild variant="default">
              <Link href="/templates/new">Make a template</Link>
            </Button>
          ),
        },
        {
          title: 'Say what starts it',
          text: 'A schedule, a file that lands in a folder, or the events of an S3 bucket.',
        },
      ]}
    >
      A template is a saved transfer with what starts it: it happens by itself, and every event and firing has
      a fate that can be looked up.
    </EmptyState>
  )
}
