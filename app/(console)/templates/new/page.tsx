import { HardDrive } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { endpointChoices } from '#lib/endpoints/endpoint-choices.ts'
import { isId } from '#lib/parse.ts'
import { getTemplate } from '#lib/templates/queries.ts'
import { endpointsOf } from '../_components/draft.ts'
import { TemplateForm } from '../_components/template-form.tsx'

export const metadata: Metadata = { title: 'New template' }

const trail = [{ label: 'Templates', href: '/templates' }, { label: 'New template' }]

export default async function NewTemplatePage({
  searchParams,
}: {
  searchParams: Promise<{ from?: string }>
}) {
  const { from } = await searchParams
  const ctx = await pageContext()
  if (ctx.actor.type === 'user' && ctx.actor.role === 'viewer') {
    return (
      <Page trail={trail} narrow>
        <NoPermission needs="operator" />
      </Page>
    )
  }
  if (from !== undefined && !isId(from)) notFound()
  const original = from === undefined ? null : await orNotFound(getTemplate({ ctx, id: from }))
  const items = await endpointChoices({ ctx, asked: original ? endpointsOf(original) : [] })
  return (
    <Page trail={trail}>
      <PageHeader
        title="New template"
        meta={original && `a copy of “${original.name}”; nothing happens until it is saved`}
      />
      <div className="mt-4">
        {items.length === 0 ? (
          <EmptyState
            icon={HardDrive}
            title="There is no endpoint yet"
            action={
              <Button asChild variant="default">
                <Link href="/endpoints/new">Add an endpoint</Link>
              </Button>
            }
          >
            A template goes from one endpoint to another, or between two folders of one.
          </EmptyState>
        ) : (
          <TemplateForm endpoints={items} template={original} copy />
        )}
      </div>
    </Page>
  )
}
