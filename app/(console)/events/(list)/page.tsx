import type { Metadata } from 'next'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { summarizeEvents } from '#lib/events/queries.ts'
import { EventsPart } from '../_components/events-part.tsx'
import { FirstEvents } from '../_components/first-events.tsx'

export const metadata: Metadata = { title: 'Events' }

export default async function EventsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | undefined>>
}) {
  const search = await searchParams
  const ctx = await pageContext()
  const { templateId } = search
  const summary = await orNotFound(summarizeEvents({ ctx, input: templateId ? { templateId } : {} }))
  const filtered = [search.state, templateId, search.q, search.since, search.until].some(Boolean)
  return (
    <Page trail={[{ label: 'Events' }]}>
      <PageHeader title="Events" />
      {summary.received === 0 && !filtered ? (
        <FirstEvents role={ctx.actor.type === 'user' ? ctx.actor.role : 'viewer'} />
      ) : (
        <EventsPart ctx={ctx} base="/events" fixed={{}} search={search} summary={summary} />
      )}
    </Page>
  )
}
