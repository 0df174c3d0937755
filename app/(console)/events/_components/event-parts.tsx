'use client'

import dynamic from 'next/dynamic'

// Chunks of their own: whoever looks at another part of a job or a template does not load them.

export const EventFilterPart = dynamic(() =>
  import('./event-filter-bar.tsx').then((file) => file.EventFilterBar),
)
export const EventTablePart = dynamic(() => import('./event-table.tsx').then((file) => file.EventTable))
