import { Archive } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page } from '#app/_components/frame/page.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { DomainError } from '#lib/errors.ts'
import { getJobView } from '#lib/jobs/queries.ts'
import { isId } from '#lib/parse.ts'
import { AttemptsTab } from '../_components/attempts-tab.tsx'
import { FilesTab } from '../_components/files-tab.tsx'
import { JobHead } from '../_components/job-head.tsx'
import { jobTitle } from '../_components/job-title.ts'
import { LogTab } from '../_components/log-tab.tsx'
import { OverviewTab } from '../_components/overview-tab.tsx'

const tabs = [
  { key: 'overview', label: 'Overview' },
  { key: 'files', label: 'Files' },
  { key: 'log', label: 'Log' },
  { key: 'attempts', label: 'Attempts' },
] as const

type Params = { params: Promise<{ id: string }>; searchParams: Promise<Record<string, string | undefined>> }

export const metadata: Metadata = { title: 'Job' }

export default async function JobPage({ params, searchParams }: Params) {
  const { id } = await params
  const search = await searchParams
  const ctx = await pageContext()
  if (!isId(id)) notFound()
  const view = await orNotFound(getJobView({ ctx, id }).catch(wordsIfGone))
  if (typeof view === 'string') {
    return (
      <Page trail={[{ label: 'Jobs', href: '/jobs' }, { label: 'Removed' }]}>
        <EmptyState icon={Archive} title="This job is not kept any more">
          {view}
        </EmptyState>
      </Page>
    )
  }
  const current = tabs.find((tab) => tab.key === search.tab)?.key ?? 'overview'
  const counts: Partial<Record<(typeof tabs)[number]['key'], number>> = { attempts: view.job.attempt }
  return (
    <Page trail={[{ label: 'Jobs', href: '/jobs' }, { label: jobTitle(view) }]}>
      <JobHead view={view} title={jobTitle(view)} />
      <Tabs label="Parts of the job" className="mt-5">
        {tabs.map((tab) => (
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
        {current === 'attempts' && <AttemptsTab ctx={ctx} id={id} />}
      </div>
    </Page>
  )
}

function wordsIfGone(error: unknown): string {
  if (error instanceof DomainError && error.kind === 'gone') return error.message
  throw error
}
