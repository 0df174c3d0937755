import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { endpointChoices } from '#lib/endpoints/endpoint-choices.ts'
import { isId } from '#lib/parse.ts'
import { getTemplate } from '#lib/templates/queries.ts'
import { endpointsOf } from '../../_components/draft.ts'
import { TemplateForm } from '../../_components/template-form.tsx'

export const metadata: Metadata = { title: 'Edit template' }

export default async function EditTemplatePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const ctx = await pageContext()
  if (!isId(id)) notFound()
  const template = await orNotFound(getTemplate({ ctx, id }))
  const items = await endpointChoices({ ctx, asked: endpointsOf(template) })
  const trail = [
    { label: 'Templates', href: '/templates' },
    { label: template.name, href: `/templates/${id}` },
    { label: 'Edit' },
  ]
  if (ctx.actor.type === 'user' && ctx.actor.role === 'viewer') {
    return (
      <Page trail={trail} narrow>
        <NoPermission needs="operator" />
      </Page>
    )
  }
  return (
    <Page trail={trail}>
      <PageHeader title={`Edit ${template.name}`} meta="jobs that were made keep what they were made with" />
      <div className="mt-4">
        <TemplateForm endpoints={items} template={template} copy={false} />
      </div>
    </Page>
  )
}
