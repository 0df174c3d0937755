import type { Metadata } from 'next'
import { CopyButton } from '#app/_components/copy-button.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { pageContext } from '#app/_server/action.ts'
import { readOperations } from '#lib/api/operations.ts'
import { OperationList } from './_components/operation-list.tsx'

export const metadata: Metadata = { title: 'API' }

const MAKE_KEY = 'npx file-orbit api-keys create --name me --role operator'

export default async function ApiPage() {
  await pageContext()
  return (
    <Page trail={[{ label: 'API' }]}>
      <PageHeader
        title="API"
        meta="OpenAPI 3.1"
        actions={
          <Button asChild>
            <a href="/api/v1/openapi.json">The document</a>
          </Button>
        }
      />
      <p className="mt-2 max-w-[75ch] text-muted-foreground">
        What these pages do with endpoints, transfers, templates, events and people can be done by this API.
        Of the pages alone are your own account (password, linked accounts, saved views), the folders that
        this machine allows, and the export of endpoints with their secrets. Send a key as “Authorization:
        Bearer fo_…”; its role says what it may do. Open an operation to read its fields and to try it here,
        as yourself.
      </p>
      <div className="mt-2 flex items-center gap-1.5">
        <code className="min-w-0 font-mono text-sm break-all">{MAKE_KEY}</code>
        <CopyButton value={MAKE_KEY} what="command" />
      </div>
      <OperationList operations={readOperations().operations} />
    </Page>
  )
}
