import { Archive } from 'lucide-react'
import type { Metadata } from 'next'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page } from '#app/_components/frame/page.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { pageContext } from '#app/_server/action.ts'
import { EventsPart } from '#app/(console)/events/_components/events-part.tsx'
import { countJobEvents } from '#lib/events/queries.ts'
import { AttemptsTab } from '../_components/attempts-tab.tsx'
import { FilesTab } from '../_components/files-tab.tsx'
import { JobHead } from '../_components/job-head.tsx'
import { jobOf } from '../_components/job-of.ts'
import { jobTitle } from '../_components/job-title.ts'
import { LogTab } from '../_components/log-tab.tsx'
import { OverviewTab } from '../_components/overview-tab.tsx'

const tabs = [
  { key: 'overview', label: 'Overview' },
  { key: 'files', label: 'Files' },
  { key: 'log', label: 'Log' },
  { key: 'events', label: 'Events' },
  { key: 'attempts', label: 'Attempts' },
] as const

type Params = { params: Promise<{ id: string }>; searchParams: Promise<Record<string, string | undefined>> }

export const metadata: Metadata = { title: 'Job' }

export default async function JobPage({ params, searchParams }: Params) {
  const { id } = await params
  const search = await searchParams
  const ctx = await pageContext()
  const view = await jobOf(id)
  if (typeof view === 'string') {
    return (
      <Page trail={[{ label: 'Jobs', href: '/jobs' }, { label: 'Removed' }]}>
        <EmptyState icon={Archive} title="This job is not kept any more">
          {view}
        </EmptyState>
      </Page>
    )
  }
  const events = await countJobEvents({ ctx, id })
  // A transfer by hand has none.
  const shown = tabs.filter(({ key }) => key !== 'events' || events > 0)
  const current = shown.find((tab) => tab.key === search.tab)?.key ?? 'overview'
  const counts: Partial<Record<(typeof tabs)[number]['key'], number>> = {
    events,
    attempts: view.job.attempt,
  }
  return (
    <Page trail={[{ label: 'Jobs', href: '/jobs' }, { label: jobTitle(view) }]}>
      <JobHead view={view} title={jobTitle(view)} />
      <Tabs label="Parts of the job" className="mt-5">
        {shown.map((tab) => (
          <Tab
            key={tab.key}
            href={tab.key === 'overview' ? `/jobs/${id}` : `/jobs/${id}?tab=${tab.key}`}
            current={current === tab.key}
            count={counts[tab.key]}
          >
            {tab.label}
          </Tab>
        ))}
      </Tabs>
      <div className="pt-3.5">
        {current === 'overview' && <OverviewTab ctx={ctx} view={view} />}
        {current === 'files' && <FilesTab ctx={ctx} id={id} search={search} />}
        {current === 'log' && <LogTab ctx={ctx} id={id} state={view.job.state} search={search} />}
        {current === 'events' && (
          <EventsPart ctx={ctx} base={`/jobs/${id}`} fixed={{ jobId: id }} search={search} summary={null} />
        )}
        {current === 'attempts' && <AttemptsTab ctx={ctx} id={id} />}
      </div>
    </Page>
  )
}
