import { Inbox } from 'lucide-react'
import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { formatCount } from '#app/_components/format.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { orNotFound } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { listEventRows } from '#lib/events/list-rows.ts'
import type { EventSummary } from '#lib/events/schema.ts'
import { listTemplates } from '#lib/templates/queries.ts'
import { EventFilterPart, EventTablePart } from './event-parts.tsx'
import { type EventAddress, eventsAddress, eventsQuery, type FixedFilters } from './events-address.ts'
import { LedgerRefresh } from './ledger-refresh.tsx'

const ROWS_AT_FIRST = 100

/** The ledger, or the part of it that belongs to a template or a job: counts, filters, list. */
export async function EventsPart({
  ctx,
  base,
  fixed,
  search,
  summary,
}: {
  ctx: Context
  base: string
  fixed: FixedFilters
  search: Record<string, string | undefined>
  summary: EventSummary | null
}) {
  const { state, q, cursor, templateId, since, until } = search
  const filters: EventAddress = {
    ...(state && { state }),
    ...(q && { q }),
    ...(since && { since }),
    ...(until && { until }),
    ...(templateId && !fixed.templateId && { templateId }),
  }
  const input = { ...filters, ...fixed, ...(cursor && { cursor }), limit: ROWS_AT_FIRST }
  const isWhole = Object.keys(fixed).length === 0
  const [page, templates] = await Promise.all([
    orNotFound(listEventRows({ ctx, input })),
    isWhole ? listTemplates({ ctx, input: { limit: 200 } }) : { items: [] },
  ])
  const filtered = Object.keys(filters).length > 0
  return (
    <>
      <LedgerRefresh />
      {summary && isWhole && (
        <p className="mt-1 text-muted-foreground">
          {formatCount(summary.received)} received, each with a fate.{' '}
          <span className={cn('font-semibold', summary.unaccounted > 0 ? 'text-fail' : 'text-ok')}>
            {formatCount(summary.unaccounted)} unaccounted
          </span>
          {summary.unaccounted > 0 &&
            ': their fate does not follow from their jobs. A worker mends within minutes what can be mended.'}
        </p>
      )}
      <EventFilterPart
        base={base}
        fixed={fixed}
        filters={filters}
        summary={summary}
        templates={templates.items.map(({ id, name }) => ({ id, name }))}
      />
      {page.items.length === 0 && !page.nextCursor ? (
        <EmptyState
          icon={Inbox}
          title={filtered ? 'No event matches' : 'No event yet'}
          action={
            filtered && (
              <Button asChild>
                <Link href={eventsAddress(base, {})}>Show all events</Link>
              </Button>
            )
          }
        >
          {filtered ? 'Every event is hidden by what is chosen above.' : 'Nothing has happened here.'}
        </EmptyState>
      ) : (
        <EventTablePart
          key={`${eventsQuery({ ...filters, ...fixed })}${cursor ?? ''}`}
          base={base}
          filters={filters}
          fixed={fixed}
          first={page}
          cursor={cursor ?? null}
        />
      )}
    </>
  )
}
