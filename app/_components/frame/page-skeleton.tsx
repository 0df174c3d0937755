import { Card } from '../ui/card.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Page, type PageProps } from './page.tsx'

/** A page on its way: the frame stands, and what comes takes the place of what is drawn. */
export function PageSkeleton({
  trail,
  rows = 8,
  aside = false,
}: {
  trail: PageProps['trail']
  rows?: number
  /** Two columns, as pages with figures beside their lists have. */
  aside?: boolean
}) {
  return (
    <Page trail={trail}>
      <div aria-busy className="min-h-dvh">
        <div role="status" className="sr-only">
          <h1>Loading</h1>
        </div>
        <Skeleton className="h-7 w-40" />
        <div className={aside ? 'grid gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]' : undefined}>
          <Rows count={rows} />
          {aside && <Rows count={4} />}
        </div>
      </div>
    </Page>
  )
}

const widths = ['w-2/5', 'w-1/3', 'w-1/2', 'w-1/4']

function Rows({ count }: { count: number }) {
  return (
    <Card className="mt-13 h-fit divide-y divide-hairline p-0">
      {Array.from({ length: count }, (_, at) => ({
        key: `row ${at}`,
        width: widths[at % widths.length],
      })).map(({ key, width }) => (
        <div key={key} className="flex h-13 items-center gap-5 px-3.5">
          <Skeleton className="h-3.5 w-20" />
          <Skeleton className={`h-3.5 ${width}`} />
        </div>
      ))}
    </Card>
  )
}
