import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { KindIcon, kindName } from '#app/_components/kind-icon.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { orNotFound, pageContext, refusalAsValue } from '#app/_server/action.ts'
import { JobListPart } from '#app/(console)/jobs/_components/job-list-part.tsx'
import type { Context } from '#lib/context.ts'
import { readEndpointHealth, readHealthStates } from '#lib/endpoints/health.ts'
import { getEndpoint } from '#lib/endpoints/queries.ts'
import { readForm } from '#lib/endpoints/read-form.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { listJobViews } from '#lib/jobs/queries.ts'
import { isId } from '#lib/parse.ts'
import { DeletePart } from '../_components/delete-part.tsx'
import { HealthDot } from '../_components/health-dot.tsx'
import { HealthTab } from '../_components/health-tab.tsx'
import { FilesPart, FormPart } from '../_components/tab-parts.tsx'
import { TestSaved } from '../_components/test-saved.tsx'

export const metadata: Metadata = { title: 'Endpoint' }

type Params = { params: Promise<{ id: string }>; searchParams: Promise<Record<string, string | undefined>> }

export default async function EndpointPage({ params, searchParams }: Params) {
  const { id } = await params
  const { tab = 'files', path = '' } = await searchParams
  const ctx = await pageContext()
  if (!isId(id)) notFound()
  const endpoint = await orNotFound(getEndpoint({ ctx, id }))
  const health = (await readHealthStates(ctx.db, [id])).get(id)!
  const mayChange = ctx.actor.type === 'user' && ctx.actor.role !== 'viewer'
  const tabs = [
    { key: 'files', label: 'Files' },
    { key: 'health', label: 'Health' },
    { key: 'jobs', label: 'Jobs' },
    ...(mayChange ? [{ key: 'settings', label: 'Settings' }] : []),
  ]
  return (
    <Page trail={[{ label: 'Endpoints', href: '/endpoints' }, { label: endpoint.name }]}>
      <PageHeader
        title={endpoint.name}
        badge={
          <span className="inline-flex items-center gap-1.5 text-muted-foreground">
            <KindIcon type={endpoint.type} /> {kindName(endpoint.type)}
            <HealthDot health={health} />
          </span>
        }
        meta={<PathText path={endpoint.path} />}
        actions={
          mayChange && (
            <Button asChild>
              <Link href={`/jobs/new?source=${endpoint.id}`}>Transfer from here</Link>
            </Button>
          )
        }
      />
      {mayChange && <TestSaved endpoint={{ id: endpoint.id, name: endpoint.name }} />}
      <Tabs label="Parts of the endpoint" className="mt-4">
        {tabs.map(({ key, label }) => (
          <Tab
            key={key}
            href={key === 'files' ? `/endpoints/${id}` : `/endpoints/${id}?tab=${key}`}
            current={tab === key}
          >
            {label}
          </Tab>
        ))}
      </Tabs>
      <div className="pt-3.5">
        {tab === 'files' && <FilesPart endpoint={endpoint} path={path} mayChange={mayChange} />}
        {tab === 'health' && <HealthTab health={await readEndpointHealth({ ctx, id })} id={id} />}
        {tab === 'jobs' && <Jobs ctx={ctx} id={id} />}
        {tab === 'settings' && mayChange && (
          <div className="max-w-[640px]">
            <Settings ctx={ctx} endpoint={endpoint} />
            <Card className="mt-6 p-0">
              <KeyValues>
                <KeyValue label="Id">
                  <span className="font-mono text-sm break-all">{endpoint.id}</span>
                </KeyValue>
                <KeyValue label="Reached by">{endpoint.agent.name}</KeyValue>
              </KeyValues>
            </Card>
            <div className="mt-4">
              <DeletePart
                id={endpoint.id}
                name={endpoint.name}
                usedBy={(await readEndpointHealth({ ctx, id })).usedBy}
              />
            </div>
          </div>
        )}
      </div>
    </Page>
  )
}

async function Settings({ ctx, endpoint }: { ctx: Context; endpoint: Endpoint }) {
  const form = await refusalAsValue(() => readForm({ ctx, type: endpoint.type, changed: endpoint }))
  if (!form.ok) return <Notice tone="warn" title={form.message} />
  return <FormPart endpoint={endpoint} {...form.value} />
}

async function Jobs({ ctx, id }: { ctx: Awaited<ReturnType<typeof pageContext>>; id: string }) {
  const page = await listJobViews({ ctx, input: { endpointId: id, limit: 50 } })
  if (page.items.length === 0)
    return <p className="py-8 text-center text-muted-foreground">No job has used it yet.</p>
  return (
    <>
      <JobListPart views={page.items} />
      {page.nextCursor && (
        <div className="mt-3 flex justify-end">
          <Button asChild>
            <Link href={`/jobs?endpointId=${id}`}>All its jobs</Link>
          </Button>
        </div>
      )}
    </>
  )
}
