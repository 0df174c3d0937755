'use client'

import { Download } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import { Chip, Chips } from '#app/_components/ui/chip.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { SearchBox } from '#app/(console)/jobs/_components/search-box.tsx'
import type { EventSummary } from '#lib/events/schema.ts'
import { eventStates } from '#lib/events/states.ts'
import { eventWord } from './event-state.tsx'
import { type EventAddress, eventsAddress, eventsQuery, type FixedFilters } from './events-address.ts'

/** What the ledger is narrowed by, with how many each fate has; all of it lives in the address. */
export function EventFilterBar({
  base,
  fixed,
  filters,
  summary,
  templates,
}: {
  base: string
  fixed: FixedFilters
  filters: EventAddress
  /** None where they are not known: for a job. */
  summary: EventSummary | null
  templates: { id: string; name: string }[]
}) {
  const router = useRouter()
  const [changing, start] = useTransition()
  const change = (part: EventAddress) =>
    start(() => router.replace(eventsAddress(base, { ...filters, ...part }), { scroll: false }))
  const file = (format: string) => {
    const query = eventsQuery({ ...filters, ...fixed })
    query.set('format', format)
    return `/events/export?${query}`
  }
  return (
    <div className="mt-3 mb-2.5 flex flex-wrap items-center gap-x-2 gap-y-2" aria-busy={changing}>
      <Chips label="Filter by fate" className="mr-auto">
        <Chip
          href={eventsAddress(base, { ...filters, state: undefined })}
          current={!filters.state}
          {...(summary && { count: summary.received })}
        >
          All
        </Chip>
        {eventStates.map((state) => (
          <Chip
            key={state}
            href={eventsAddress(base, { ...filters, state })}
            current={filters.state === state}
            {...(summary && { count: summary[state] })}
          >
            {eventWord(state)}
          </Chip>
        ))}
      </Chips>
      {templates.length > 0 && (
        <Select
          aria-label="Template"
          className="max-sm:w-full sm:w-40"
          value={filters.templateId ?? ''}
          onChange={(event) => change({ templateId: event.target.value })}
        >
          <option value="">Template</option>
          {templates.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      {(['since', 'until'] as const).map((end) => (
        <Input
          key={end}
          type="date"
          aria-label={end === 'since' ? 'Received from (UTC)' : 'Received to (UTC)'}
          title={
            end === 'since' ? 'Received on this day (UTC) or later' : 'Received on this day (UTC) or earlier'
          }
          className="w-34"
          value={filters[end]?.slice(0, 10) ?? ''}
          onChange={(event) => change({ [end]: event.target.value })}
        />
      ))}
      <SearchBox placeholder="Search paths" />
      <div className="flex gap-1.5">
        {['csv', 'json'].map((format) => (
          <Button key={format} asChild>
            <a
              href={file(format)}
              download
              title="At most the newest 100,000 of what the filters leave: narrow the days for older ones"
            >
              <Download aria-hidden />
              {format.toUpperCase()}
            </a>
          </Button>
        ))}
      </div>
    </div>
  )
}
