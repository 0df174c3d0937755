import { Copy, Pencil } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Page, PageHeader, Section } from '#app/_components/frame/page.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { StateBadge } from '#app/_components/state-badge.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { WayOfBytes } from '#app/_components/way-of-bytes.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { EventsPart } from '#app/(console)/events/_components/events-part.tsx'
import { Fates } from '#app/(console)/events/_components/fates.tsx'
import { JobListPart } from '#app/(console)/jobs/_components/job-list-part.tsx'
import { OverviewRefresh } from '#app/(console)/overview/_components/overview-refresh.tsx'
import type { Context } from '#lib/context.ts'
import { summarizeEvents } from '#lib/events/queries.ts'
import type { EventSummary } from '#lib/events/schema.ts'
import { listJobViews } from '#lib/jobs/queries.ts'
import { isId } from '#lib/parse.ts'
import { type PastFiring, recentFirings } from '#lib/schedules/recent-firings.ts'
import { mostOf, windowOf } from '#lib/templates/gather.ts'
import { getTemplateView, type TemplateView } from '#lib/templates/views.ts'
import { holdsDate } from '../_components/dated.ts'
import { DeleteTemplate } from '../_components/delete-template.tsx'
import { EnabledSwitch } from '../_components/enabled-switch.tsx'
import { RunNow } from '../_components/run-now.tsx'
import { SuccessRate } from '../_components/template-row.tsx'
import { TriggerCard } from '../_components/trigger-card.tsx'
import { WhatItDoes } from '../_components/what-it-does.tsx'

export const metadata: Metadata = { title: 'Template' }

type Params = { params: Promise<{ id: string }>; searchParams: Promise<Record<string, string | undefined>> }

export default async function TemplatePage({ params, searchParams }: Params) {
  const { id } = await params
  const search = await searchParams
  const ctx = await pageContext()
  if (!isId(id)) notFound()
  const [view, fates, past] = await orNotFound(
    Promise.all([
      getTemplateView({ ctx, id }),
      summarizeEvents({ ctx, input: { templateId: id } }),
      recentFirings({ ctx, templateId: id }),
    ]),
  )
  const { template } = view
  const mayChange = ctx.actor.type === 'user' && ctx.actor.role !== 'viewer'
  const tabs = [
    { key: 'overview', label: 'Overview' },
    { key: 'jobs', label: 'Jobs' },
    { key: 'events', label: 'Events', count: fates.received },
  ]
  const current = tabs.find(({ key }) => key === search.tab)?.key ?? 'overview'
  const dated = [template.source.path, view.destination.path].some(holdsDate)
  return (
    <Page trail={[{ label: 'Templates', href: '/templates' }, { label: template.name }]}>
      <OverviewRefresh known={{}} />
      <PageHeader
        title={template.name}
        badge={
          <span className="flex items-center gap-2 text-sm text-muted-foreground">
            {mayChange && <EnabledSwitch id={id} name={template.name} enabled={template.enabled} />}
            {template.enabled ? 'On' : 'Off'}
          </span>
        }
        actions={
          mayChange && (
            <>
              <RunNow id={id} name={template.name} dated={dated} timeZone={template.timeZone} />
              <Button asChild>
                <Link href={`/templates/${id}/edit`}>
                  <Pencil aria-hidden />
                  Edit
                </Link>
              </Button>
              <Button asChild>
                <Link href={`/templates/new?from=${id}`}>
                  <Copy aria-hidden />
                  Duplicate
                </Link>
              </Button>
              <DeleteTemplate
                id={id}
                name={template.name}
                triggers={template.triggers.length}
                pending={fates.pending}
              />
            </>
          )
        }
      />
      {template.description && (
        <p className="mt-2 max-w-[90ch] whitespace-pre-wrap">{template.description}</p>
      )}
      <div className="mt-2">
        <WhatItDoes view={view} />
      </div>
      <Tabs label="Parts of the template" className="mt-4">
        {tabs.map(({ key, label, count }) => (
          <Tab
            key={key}
            href={key === 'overview' ? `/templates/${id}` : `/templates/${id}?tab=${key}`}
            current={current === key}
            {...(count !== undefined && { count })}
          >
            {label}
          </Tab>
        ))}
      </Tabs>
      <div className="pt-3.5">
        {current === 'overview' && <OverviewPart view={view} fates={fates} past={past} mayTest={mayChange} />}
        {current === 'jobs' && <JobsPart ctx={ctx} id={id} />}
        {current === 'events' && (
          <EventsPart
            ctx={ctx}
            base={`/templates/${id}`}
            fixed={{ templateId: id }}
            search={search}
            summary={fates}
          />
        )}
      </div>
    </Page>
  )
}

function OverviewPart({
  view,
  fates,
  past,
  mayTest,
}: {
  view: TemplateView
  fates: EventSummary
  past: Map<string, PastFiring[]>
  mayTest: boolean
}) {
  const { template, runs, source, destination } = view
  const { gather, options } = template
  return (
    <>
      <WayOfBytes
        source={{
          ...source,
          path: source.path || source.root,
          ...(!source.deleted && { href: `/endpoints/${source.id}` }),
        }}
        destination={{
          ...destination,
          path: destination.path || destination.root,
          ...(!destination.deleted && { href: `/endpoints/${destination.id}` }),
        }}
        operation={template.operation}
        agent={null}
        moving={runs.running > 0}
      />
      <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
        <Section title="What starts it">
          <Card className="p-0">
            {template.triggers.length === 0 ? (
              <p className="px-3.5 py-4 text-muted-foreground">
                Nothing but a person. A schedule, a folder watch or S3 events are added by editing it.
              </p>
            ) : (
              <ul aria-label="What starts it" className="divide-y divide-hairline">
                {template.triggers.map((trigger) => (
                  <TriggerCard
                    key={trigger.id}
                    trigger={trigger}
                    words={view.words[trigger.id] ?? ''}
                    past={past.get(trigger.id) ?? []}
                    template={template}
                    mayTest={mayTest}
                  />
                ))}
              </ul>
            )}
          </Card>
        </Section>
        <div className="min-w-0">
          <Section title="Runs">
            <Card className="p-0">
              <KeyValues>
                <KeyValue label="Last">
                  {runs.last ? (
                    <Link href={`/jobs/${runs.last.id}`} className="underline-offset-2 hover:underline">
                      <StateBadge state={runs.last.state} /> <RelativeTime at={runs.last.finishedAt} />
                    </Link>
                  ) : (
                    'never ran'
                  )}
                </KeyValue>
                <KeyValue label="Last success">
                  {runs.success ? (
                    <Link href={`/jobs/${runs.success.id}`} className="underline-offset-2 hover:underline">
                      <RelativeTime at={runs.success.finishedAt} />
                    </Link>
                  ) : (
                    'never'
                  )}
                </KeyValue>
                {runs.ended > 0 && (
                  <KeyValue label={`Completed of the last ${runs.ended}`}>
                    <SuccessRate {...runs} />
                  </KeyValue>
                )}
                <KeyValue label="Running now">{runs.running}</KeyValue>
              </KeyValues>
            </Card>
          </Section>
          <Section title="Events">
            <Fates summary={fates} base={`/templates/${template.id}?tab=events`} />
          </Section>
          <Section title="Settings">
            <Card className="p-0">
              <KeyValues>
                <KeyValue label="Time zone">{template.timeZone}</KeyValue>
                <KeyValue label="Events gather for">{windowOf(gather)} ms</KeyValue>
                <KeyValue label="Files in one job">{mostOf(gather)}</KeyValue>
                <KeyValue label="Bandwidth">{options.bandwidth ?? 'no limit'}</KeyValue>
                {options.transfers && <KeyValue label="Files at a time">{options.transfers}</KeyValue>}
                {options.priority !== undefined && <KeyValue label="Priority">{options.priority}</KeyValue>}
                <KeyValue label="Changed">
                  <RelativeTime at={template.updatedAt} />
                </KeyValue>
              </KeyValues>
            </Card>
          </Section>
        </div>
      </div>
    </>
  )
}

async function JobsPart({ ctx, id }: { ctx: Context; id: string }) {
  const page = await listJobViews({ ctx, input: { templateId: id, limit: 50 } })
  if (page.items.length === 0) {
    return <p className="py-8 text-center text-muted-foreground">It has not run yet.</p>
  }
  return (
    <>
      <JobListPart views={page.items} />
      <div className="mt-3 flex justify-end">
        <Button asChild>
          <Link href={`/jobs?templateId=${id}`}>All its jobs, with filters</Link>
        </Button>
      </div>
    </>
  )
}
