import type { Metadata } from 'next'
import Link from 'next/link'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { KindIcon } from '#app/_components/kind-icon.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { offeredKinds } from '#lib/endpoints/offered-kinds.ts'
import { readForm } from '#lib/endpoints/read-form.ts'
import { EndpointForm } from '../_components/endpoint-form.tsx'
import { KindPicker } from '../_components/kind-picker.tsx'

export const metadata: Metadata = { title: 'Add an endpoint' }

const trail = [{ label: 'Endpoints', href: '/endpoints' }, { label: 'Add an endpoint' }]

export default async function NewEndpointPage({
  searchParams,
}: {
  searchParams: Promise<{ type?: string }>
}) {
  const { type } = await searchParams
  const ctx = await pageContext()
  if (ctx.actor.type === 'user' && ctx.actor.role === 'viewer') {
    return (
      <Page trail={trail} narrow>
        <NoPermission needs="operator" />
      </Page>
    )
  }
  return (
    <Page trail={trail} narrow>
      {type ? <Settings ctx={ctx} type={type} /> : <Kinds ctx={ctx} />}
    </Page>
  )
}

async function Kinds({ ctx }: { ctx: Context }) {
  const { kinds, ready } = await offeredKinds({ ctx })
  return (
    <>
      <PageHeader title="Add an endpoint" />
      <p className="mt-1 text-muted-foreground">Where are the files, or where are they to go?</p>
      {!ready && (
        <Notice className="mt-4" tone="warn" title="The worker has not started yet">
          It tells which storages its rclone has. Until then only folders of this machine can be added.
        </Notice>
      )}
      <div className="mt-4">
        <KindPicker kinds={kinds} />
      </div>
    </>
  )
}

async function Settings({ ctx, type }: { ctx: Context; type: string }) {
  const form = await orNotFound(readForm({ ctx, type }))
  const kind = kindOf(type, form.backend.description)
  return (
    <>
      <PageHeader
        title="Add an endpoint"
        badge={
          <span className="inline-flex items-center gap-1.5 text-muted-foreground">
            <KindIcon type={type} /> {kind.label}
          </span>
        }
      />
      <p className="mt-1 text-muted-foreground">
        {kind.sentence}{' '}
        <Link href="/endpoints/new" className="text-primary underline underline-offset-2">
          Another kind
        </Link>
      </p>
      <div className="mt-4">
        <EndpointForm key={type} endpoint={null} {...form} />
      </div>
    </>
  )
}
