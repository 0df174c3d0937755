import type { Metadata } from 'next'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { FirstSteps } from '#app/(console)/overview/_components/first-steps.tsx'
import { OverviewRefresh } from '#app/(console)/overview/_components/overview-refresh.tsx'
import { endpointChoices } from '#lib/endpoints/endpoint-choices.ts'
import { countJobs } from '#lib/jobs/find-place.ts'
import { listJobRows } from '#lib/jobs/list-rows.ts'
import { templateName } from '#lib/templates/queries.ts'
import { listViews } from '#lib/views/list-views.ts'
import { JobFilterBar } from '../_components/job-filter-bar.tsx'
import { JobTable } from '../_components/job-table.tsx'
import { type JobAddress, jobsAddress } from '../_components/jobs-address.ts'
import { NoneMatches } from '../_components/none-matches.tsx'
import { SavedViews } from '../_components/saved-views.tsx'

export const metadata: Metadata = { title: 'Jobs' }

const ROWS_AT_FIRST = 100

type Search = JobAddress & { cursor?: string }

export default async function JobsPage({ searchParams }: { searchParams: Promise<Search> }) {
  const search = await searchParams
  const { cursor, ...given } = search
  const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')) as JobAddress
  const ctx = await pageContext()
  const [page, count, endpoints, views, template] = await Promise.all([
    orNotFound(listJobRows({ ctx, input: { ...filters, ...(cursor && { cursor }), limit: ROWS_AT_FIRST } })),
    orNotFound(countJobs({ ctx, input: filters })),
    endpointChoices({ ctx, asked: [filters.endpointId] }),
    listViews({ ctx }),
    filters.templateId ? templateName({ ctx, id: filters.templateId }) : null,
  ])
  const role = ctx.actor.type === 'user' ? ctx.actor.role : 'viewer'
  const filtered = Object.keys(filters).length > 0
  const address = jobsAddress(filters)
  return (
    <Page trail={[{ label: 'Jobs' }]}>
      <PageHeader title="Jobs" />
      {page.items.length === 0 && !filtered && !cursor ? (
        <div className="mt-4">
          <OverviewRefresh known={{}} />
          <FirstSteps endpoints={endpoints.length} role={role} />
        </div>
      ) : (
        <>
          <SavedViews views={views} filters={filters} />
          <JobFilterBar
            filters={filters}
            endpoints={endpoints.map(({ id, name }) => ({ id, name }))}
            template={template}
          />
          <JobTable
            key={address}
            filters={filters}
            first={page}
            count={count}
            canRefresh={!cursor}
            none={<NoneMatches />}
          />
        </>
      )}
    </Page>
  )
}
