'use client'

import { X } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type MouseEvent, type ReactNode, useEffect, useRef, useTransition } from 'react'
import { Chip, Chips } from '#app/_components/ui/chip.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { activeStates } from '#lib/jobs/states.ts'
import { type JobAddress, jobsAddress } from './jobs-address.ts'
import { SearchBox } from './search-box.tsx'

const states = [
  { label: 'All', state: undefined },
  { label: 'Active', state: activeStates.join(',') },
  { label: 'Failed', state: 'failed' },
  { label: 'Completed', state: 'completed' },
  { label: 'Cancelled', state: 'cancelled' },
]

const times = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: '90d', label: 'Last 90 days' },
]

/** What the list is narrowed by; all of it lives in the address. */
export function JobFilterBar({
  filters,
  endpoints,
  template,
}: {
  filters: JobAddress
  endpoints: { id: string; name: string }[]
  /** The name of the template whose runs are shown. */
  template: string | null
}) {
  const router = useRouter()
  const [changing, start] = useTransition()
  // What was chosen last, which the address follows a moment later: the next choice builds on it.
  const wanted = useRef(filters)
  useEffect(() => {
    if (!changing) wanted.current = filters
  }, [filters, changing])
  const change = (part: JobAddress) => {
    wanted.current = { ...wanted.current, ...part }
    start(() => router.replace(jobsAddress(wanted.current), { scroll: false }))
  }
  const press = (event: MouseEvent, part: JobAddress) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    change(part)
  }
  const { since, until } = filters
  const isGone = filters.endpointId !== undefined && !endpoints.some(({ id }) => id === filters.endpointId)
  return (
    <div className="mt-3 mb-2.5 flex flex-wrap items-center gap-x-2 gap-y-2" aria-busy={changing}>
      <Chips label="Filter by state" className="mr-auto">
        {states.map(({ label, state }) => (
          <Chip
            key={label}
            href={jobsAddress({ ...filters, state })}
            current={filters.state === state}
            onClick={(event) => press(event, { state })}
          >
            {label}
          </Chip>
        ))}
        {template !== null && (
          <Taken href={jobsAddress({ ...filters, templateId: undefined })}>{template}</Taken>
        )}
        {(since || until) && (
          <Taken href={jobsAddress({ ...filters, since: undefined, until: undefined })}>
            {since === until ? `Created ${since}` : `Created ${since ?? '…'} to ${until ?? 'now'}`}
          </Taken>
        )}
      </Chips>
      <div className="grid grid-cols-3 gap-2 max-sm:w-full sm:flex">
        <Select
          aria-label="Endpoint"
          className="sm:w-36"
          value={filters.endpointId ?? ''}
          onChange={(event) => change({ endpointId: event.target.value })}
        >
          <option value="">Endpoint</option>
          {isGone && <option value={filters.endpointId}>A deleted endpoint</option>}
          {endpoints.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Operation"
          className="sm:w-32"
          value={filters.operation ?? ''}
          onChange={(event) => change({ operation: event.target.value })}
        >
          <option value="">Operation</option>
          <option value="copy">Copy</option>
          <option value="move">Move</option>
          <option value="sync">Sync</option>
        </Select>
        <Select
          aria-label="Time"
          className="sm:w-32"
          value={filters.within ?? ''}
          onChange={(event) => change({ within: event.target.value, since: undefined, until: undefined })}
        >
          <option value="">Time</option>
          {times.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </div>
      <SearchBox placeholder="Search paths and endpoints" />
    </div>
  )
}

/** A filter that came with the address, and can only be taken away here. */
function Taken({ href, children }: { href: string; children: ReactNode }) {
  return (
    <li className="min-w-0">
      <Link
        href={href}
        scroll={false}
        className="flex h-6 min-w-0 items-center gap-1 rounded-full bg-selected px-2.5 font-semibold whitespace-nowrap text-primary pointer-coarse:h-9"
      >
        <span className="max-w-60 truncate">{children}</span>
        <X aria-hidden className="size-3 shrink-0" />
        <span className="sr-only">: take this filter away</span>
      </Link>
    </li>
  )
}
