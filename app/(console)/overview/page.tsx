import type { Metadata } from 'next'
import { Page, PageHeader, Section } from '#app/_components/frame/page.tsx'
import { pageContext } from '#app/_server/action.ts'
import { Fates } from '#app/(console)/events/_components/fates.tsx'
import { LedgerRefresh } from '#app/(console)/events/_components/ledger-refresh.tsx'
import { type Overview, readOverview } from '#lib/overview/read-overview.ts'
import { FirstSteps } from './_components/first-steps.tsx'
import { LastDay } from './_components/last-day.tsx'
import { MovedChart } from './_components/moved-chart.tsx'
import { NeedsYou } from './_components/needs-you.tsx'
import { NextFirings } from './_components/next-firings.tsx'
import { OverviewRefresh } from './_components/overview-refresh.tsx'
import { RunningNow } from './_components/running-now.tsx'
import { Successes } from './_components/successes.tsx'
import { SystemLine } from './_components/system-line.tsx'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage() {
  const ctx = await pageContext()
  const overview = await readOverview({ ctx })
  const role = ctx.actor.type === 'user' ? ctx.actor.role : 'viewer'
  return (
    <Page trail={[{ label: 'Overview' }]}>
      <PageHeader
        title="Overview"
        meta={<SystemLine slots={overview.slots} diskFree={overview.diskFree} />}
      />
      <OverviewRefresh known={knownStates(overview)} />
      <LedgerRefresh />
      {overview.anyJob ? (
        <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
          <div className="min-w-0">
            <NeedsYou needs={overview.needs} role={role} />
            <RunningNow views={overview.running} active={overview.stats.active} />
            <NextFirings firings={overview.next} />
            <Successes views={overview.successes} />
          </div>
          <div className="min-w-0">
            <MovedChart days={overview.moved} />
            <Section title="Last 24 hours">
              <LastDay stats={overview.stats} />
            </Section>
            <EventsOfDay account={overview.account} />
          </div>
        </div>
      ) : (
        <>
          {overview.needs.items.length > 0 && <NeedsYou needs={overview.needs} role={role} />}
          <div className="mt-5">
            <FirstSteps endpoints={overview.endpoints} role={role} />
          </div>
          <NextFirings firings={overview.next} />
          <div className="sm:max-w-90">
            <EventsOfDay account={overview.account} />
          </div>
        </>
      )}
    </Page>
  )
}

function EventsOfDay({ account }: Pick<Overview, 'account'>) {
  return (
    account && (
      <Section title="Events" note={account.more ? 'the newest of the last 24 hours' : 'last 24 hours'}>
        <Fates summary={account} base="/events" />
      </Section>
    )
  )
}

/** What this page was made from: the stream tells when it is no longer so. */
function knownStates({ running, needs, successes }: Overview): Record<string, string> {
  const views = [
    ...running,
    ...successes,
    ...needs.items.flatMap((need) => (need.kind === 'failed' || need.kind === 'waiting' ? [need.view] : [])),
  ]
  return Object.fromEntries(views.map(({ job }) => [job.id, job.state]))
}
