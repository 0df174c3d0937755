import type { Metadata } from 'next'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { pageContext } from '#app/_server/action.ts'
import { readAccount } from '#lib/users/own-account.ts'
import { ExportForm } from './_components/export-form.tsx'

export const metadata: Metadata = { title: 'Export rclone.conf' }

export default async function ExportPage() {
  const ctx = await pageContext()
  const role = ctx.actor.type === 'user' ? ctx.actor.role : 'viewer'
  return (
    <Page trail={[{ label: 'Endpoints', href: '/endpoints' }, { label: 'Export' }]} narrow>
      {role === 'owner' ? (
        <>
          <PageHeader title="Export rclone.conf" />
          <p className="mt-1 text-muted-foreground">
            All endpoints as a file that rclone reads, with every secret in it: passwords are obscured as
            rclone does it, which anybody can undo. Keep it as you keep the passwords themselves.
          </p>
          <div className="mt-4">
            <ExportForm asksPassword={(await readAccount({ ctx })).hasPassword} />
          </div>
        </>
      ) : (
        <NoPermission needs="owner" />
      )}
    </Page>
  )
}
