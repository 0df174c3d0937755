import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { KindIcon, kindName } from '#app/_components/kind-icon.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { getEndpoint } from '#lib/endpoints/queries.ts'
import { listJobViews } from '#lib/jobs/queries.ts'
import { isId } from '#lib/parse.ts'
import { JobList } from '../../jobs/_components/job-list.tsx'
import { DeleteEndpoint } from '../_components/delete-endpoint.tsx'
import { EndpointFiles } from '../_components/endpoint-files.tsx'
import { EndpointForm } from '../_components/endpoint-form.tsx'
import { TestSaved } from '../_components/test-saved.tsx'

export const metadata: Metadata = { title: 'Endpoint' }

type Params = { params: Promise<{ id: string }>; searchParams: Promise<Record<string, string | undefined>> }

export default async function EndpointPage({ params, searchParams }: Params) {
  const { id } = await params
  const { tab = 'files', path = '' } = await searchParams
  const ctx = await pageContext()
  if (!isId(id)) notFound()
  const endpoint = await orNotFound(getEndpoint({ ctx, id }))
  const mayChange = ctx.actor.type === 'user' && ctx.actor.role !== 'viewer'
  const tabs = [
    { key: 'files', label: 'Files' },
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
      {mayChange && <TestSaved id={endpoint.id} />}
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
        {tab === 'files' && <EndpointFiles endpoint={endpoint} path={path} />}
        {tab === 'jobs' && <Jobs ctx={ctx} id={id} />}
        {tab === 'settings' && mayChange && (
          <div className="max-w-[640px]">
            <EndpointForm endpoint={endpoint} roots={(await builtinAgent(ctx.db)).roots} />
            <Card className="mt-6 p-0">
              <KeyValues>
                <KeyValue label="Id">
                  <span className="font-mono text-sm break-all">{endpoint.id}</span>
                </KeyValue>
                <KeyValue label="Reached by">{endpoint.agent.name}</KeyValue>
              </KeyValues>
            </Card>
            <div className="mt-4">
              <DeleteEndpoint id={endpoint.id} name={endpoint.name} />
            </div>
          </div>
        )}
      </div>
    </Page>
  )
}

async function Jobs({ ctx, id }: { ctx: Awaited<ReturnType<typeof pageContext>>; id: string }) {
  const page = await listJobViews({ ctx, input: { endpointId: id, limit: 50 } })
  if (page.items.length === 0)
    return <p className="py-8 text-center text-muted-foreground">No job has used it yet.</p>
  return (
    <>
      <JobList views={page.items} />
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
