import type { Metadata } from 'next'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { pageContext } from '#app/_server/action.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { EndpointForm } from '../_components/endpoint-form.tsx'

export const metadata: Metadata = { title: 'Add an endpoint' }

export default async function NewEndpointPage() {
  const ctx = await pageContext()
  if (ctx.actor.type === 'user' && ctx.actor.role === 'viewer') {
    return (
      <Page trail={[{ label: 'Endpoints', href: '/endpoints' }, { label: 'Add an endpoint' }]} narrow>
        <NoPermission needs="operator" />
      </Page>
    )
  }
  const agent = await builtinAgent(ctx.db).catch(() => null)
  return (
    <Page trail={[{ label: 'Endpoints', href: '/endpoints' }, { label: 'Add an endpoint' }]} narrow>
      <PageHeader title="Add an endpoint" />
      <div className="mt-4">
        <EndpointForm endpoint={null} roots={agent?.roots ?? null} />
      </div>
    </Page>
  )
}
