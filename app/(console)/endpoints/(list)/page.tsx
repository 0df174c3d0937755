import { HardDrive, Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Page, PageHeader } from '#app/_components/frame/page.tsx'
import { KindIcon, kindName } from '#app/_components/kind-icon.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { readHealthStates } from '#lib/endpoints/health.ts'
import { listEndpoints } from '#lib/endpoints/queries.ts'
import { AllowFolders } from '../_components/allow-folders.tsx'
import { HealthDot } from '../_components/health-dot.tsx'

export const metadata: Metadata = { title: 'Endpoints' }

export default async function EndpointsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string>>
}) {
  const { cursor } = await searchParams
  const ctx = await pageContext()
  const [page, agent] = await Promise.all([
    orNotFound(listEndpoints({ ctx, input: cursor ? { cursor } : {} })),
    builtinAgent(ctx.db).catch(() => null),
  ])
  const health = await readHealthStates(
    ctx.db,
    page.items.map(({ id }) => id),
  )
  const role = ctx.actor.type === 'user' ? ctx.actor.role : 'viewer'
  const add = (
    <Button asChild variant={page.items.length === 0 ? 'default' : 'outline'}>
      <Link href="/endpoints/new">
        <Plus aria-hidden />
        Add an endpoint
      </Link>
    </Button>
  )
  return (
    <Page trail={[{ label: 'Endpoints' }]}>
      <PageHeader
        title="Endpoints"
        actions={
          role !== 'viewer' && (
            <>
              <Button asChild variant="ghost">
                <Link href="/endpoints/import">Import</Link>
              </Button>
              {role === 'owner' && page.items.length > 0 && (
                <Button asChild variant="ghost">
                  <Link href="/endpoints/export">Export</Link>
                </Button>
              )}
              {page.items.length > 0 && add}
            </>
          )
        }
      />
      {agent && !agent.roots && <AllowFolders mayAllow={role === 'owner'} />}
      <div className="mt-4">
        {page.items.length === 0 && !cursor ? (
          <EmptyState icon={HardDrive} title="No endpoint yet" action={role !== 'viewer' && add}>
            An endpoint is a place files live: a folder of this machine to begin with.
          </EmptyState>
        ) : (
          <Card className="overflow-hidden p-0">
            <ul aria-label="Endpoints" className="divide-y divide-hairline">
              {page.items.map((endpoint) => (
                <li
                  key={endpoint.id}
                  className="relative hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60"
                >
                  <div className="grid min-h-10 grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 px-3.5 py-2 md:grid-cols-[auto_220px_110px_minmax(0,1fr)_220px]">
                    <KindIcon type={endpoint.type} className="size-4" />
                    <Link
                      data-row
                      href={`/endpoints/${endpoint.id}`}
                      className="truncate font-medium outline-none after:absolute after:inset-0"
                    >
                      {endpoint.name}
                    </Link>
                    <span className="text-muted-foreground max-md:hidden">{kindName(endpoint.type)}</span>
                    <span className="flex min-w-0 max-md:col-start-2">
                      <PathText path={endpoint.path} />
                    </span>
                    <span className="flex min-w-0 max-md:col-start-2 md:justify-end">
                      <HealthDot health={health.get(endpoint.id)!} />
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          </Card>
        )}
      </div>
      {page.nextCursor && (
        <div className="mt-3 flex justify-end">
          <Button asChild>
            <Link href={`/endpoints?cursor=${page.nextCursor}`}>More</Link>
          </Button>
        </div>
      )}
    </Page>
  )
}
