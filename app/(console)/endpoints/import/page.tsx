import type { Metadata } from 'next'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { pageContext } from '#app/_server/action.ts'
import { ImportForm } from './_components/import-form.tsx'

export const metadata: Metadata = { title: 'Import rclone.conf' }

export default async function ImportPage() {
  const { actor } = await pageContext()
  const role = actor.type === 'user' ? actor.role : 'viewer'
  return (
    <Page trail={[{ label: 'Endpoints', href: '/endpoints' }, { label: 'Import' }]} narrow>
      {role === 'viewer' ? (
        <NoPermission needs="operator" />
      ) : (
        <>
          <PageHeader title="Import rclone.conf" />
          <p className="mt-1 text-muted-foreground">
            Each remote of the file becomes an endpoint. You choose which, after you have seen what would
            become of each; its secrets are sealed on the way and never shown.
          </p>
          <div className="mt-4">
            <ImportForm mayReadAgent={role === 'owner'} />
          </div>
        </>
      )}
    </Page>
  )
}
