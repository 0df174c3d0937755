import { ArrowLeftRight } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Chip, Chips } from '#app/_components/ui/chip.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { countEndpoints } from '#lib/endpoints/queries.ts'
import { listJobViews } from '#lib/jobs/queries.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { JobList } from './_components/job-list.tsx'
import { SearchBox } from './_components/search-box.tsx'

export const metadata: Metadata = { title: 'Jobs' }

const filters = [
  { label: 'All', state: undefined },
  { label: 'Active', state: activeStates.join(',') },
  { label: 'Failed', state: 'failed' },
  { label: 'Completed', state: 'completed' },
  { label: 'Cancelled', state: 'cancelled' },
]

type Search = { state?: string; q?: string; cursor?: string; endpointId?: string }

function addressOf(search: Search): string {
  const query = new URLSearchParams(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ''),
  )
  return query.size > 0 ? `/jobs?${query}` : '/jobs'
}

export default async function JobsPage({ searchParams }: { searchParams: Promise<Search> }) {
  const { state, q, cursor, endpointId } = await searchParams
  const ctx = await pageContext()
  const page = await orNotFound(
    listJobViews({ ctx, input: { state, q: q || undefined, cursor, endpointId, limit: 50 } }),
  )
  const filtered = Boolean(state || q || cursor || endpointId)
  return (
    <Page trail={[{ label: 'Jobs' }]}>
      <PageHeader title="Jobs" />
      {page.items.length === 0 && !filtered ? (
        <div className="mt-4">
          <FirstSteps hasEndpoints={(await countEndpoints({ ctx })) > 0} />
        </div>
      ) : (
        <>
          <div className="mt-3 mb-2.5 flex flex-wrap items-center justify-between gap-2">
            <Chips label="Filter by state">
              {filters.map((filter) => (
                <Chip
                  key={filter.label}
                  href={addressOf({ state: filter.state, q, endpointId })}
                  current={state === filter.state}
                >
                  {filter.label}
                </Chip>
              ))}
            </Chips>
            <SearchBox placeholder="Search paths and endpoints" />
          </div>
          {page.items.length === 0 ? (
            <EmptyState
              icon={ArrowLeftRight}
              title={page.nextCursor ? 'No match among the newest jobs' : 'No job matches'}
              action={
                <Button asChild>
                  <Link href="/jobs">Show all jobs</Link>
                </Button>
              }
            >
              {page.nextCursor
                ? 'This search goes through the jobs page by page. “Older” looks further.'
                : 'Nothing was filtered away but by what stands above.'}
            </EmptyState>
          ) : (
            <JobList views={page.items} live={!cursor} />
          )}
          <div className="mt-3 flex justify-end gap-2">
            {cursor && (
              <Button asChild>
                <Link href={addressOf({ state, q, endpointId })}>Newest</Link>
              </Button>
            )}
            {page.nextCursor && (
              <Button asChild>
                <Link href={addressOf({ state, q, endpointId, cursor: page.nextCursor })}>Older</Link>
              </Button>
            )}
          </div>
        </>
      )}
    </Page>
  )
}

function FirstSteps({ hasEndpoints }: { hasEndpoints: boolean }) {
  return (
    <EmptyState
      icon={ArrowLeftRight}
      title="Nothing has been moved yet"
      steps={[
        {
          title: 'Add two endpoints',
          text: 'The places files live: one to take from, one to bring to.',
          done: hasEndpoints,
          action: (
            <Button asChild variant={hasEndpoints ? 'outline' : 'default'}>
              <Link href="/endpoints/new">Add an endpoint</Link>
            </Button>
          ),
        },
        {
          title: 'Start a transfer',
          text: 'Copy, move or sync a folder or a file between them.',
          action: (
            <Button asChild variant={hasEndpoints ? 'default' : 'outline'}>
              <Link href="/jobs/new">New transfer</Link>
            </Button>
          ),
        },
        {
          title: 'Watch it arrive',
          text: 'This page shows bytes, files and speed as they move, and every file after.',
        },
      ]}
    >
      A job is one transfer. It appears here the moment it is queued and stays as the record of what was
      moved.
    </EmptyState>
  )
}
