import type { Metadata } from 'next'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { pageContext } from '#app/_server/action.ts'
import { KeysTab } from './_components/keys-tab.tsx'
import { PeopleTab } from './_components/people-tab.tsx'

export const metadata: Metadata = { title: 'People and keys' }

type Search = { searchParams: Promise<{ tab?: string; cursor?: string }> }

export default async function PeoplePage({ searchParams }: Search) {
  const { tab, cursor } = await searchParams
  const ctx = await pageContext()
  const trail = [{ label: 'People and keys' }]
  if (ctx.actor.type !== 'user' || ctx.actor.role !== 'owner') {
    return (
      <Page trail={trail}>
        <NoPermission needs="owner" />
      </Page>
    )
  }
  const keys = tab === 'keys'
  return (
    <Page trail={trail}>
      <PageHeader title="People and keys" />
      <Tabs label="People or keys" className="mt-4">
        <Tab href="/people" current={!keys}>
          People
        </Tab>
        <Tab href="/people?tab=keys" current={keys}>
          API keys
        </Tab>
      </Tabs>
      {keys ? (
        <KeysTab ctx={ctx} cursor={cursor} />
      ) : (
        <PeopleTab ctx={ctx} cursor={cursor} me={ctx.actor.id} />
      )}
    </Page>
  )
}
