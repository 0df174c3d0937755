import { HardDrive } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { pageContext } from '#app/_server/action.ts'
import { endpointChoices } from '#lib/endpoints/endpoint-choices.ts'
import { TransferForm } from '../_components/transfer-form.tsx'

export const metadata: Metadata = { title: 'New transfer' }

export default async function NewTransferPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string>>
}) {
  const { source, path, destination, to } = await searchParams
  const ctx = await pageContext()
  if (ctx.actor.type === 'user' && ctx.actor.role === 'viewer') {
    return (
      <Page trail={[{ label: 'Jobs', href: '/jobs' }, { label: 'New transfer' }]} narrow>
        <NoPermission needs="operator" />
      </Page>
    )
  }
  const items = await endpointChoices({ ctx, asked: [source, destination] })
  return (
    <Page trail={[{ label: 'Jobs', href: '/jobs' }, { label: 'New transfer' }]} narrow>
      <PageHeader title="New transfer" />
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
            A transfer goes from one endpoint to another, or between two folders of one.
          </EmptyState>
        ) : (
          <TransferForm endpoints={items} source={source} path={path} destination={destination} to={to} />
        )}
      </div>
    </Page>
  )
}
