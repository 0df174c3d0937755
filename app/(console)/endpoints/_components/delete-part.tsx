'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { EndpointHealth } from '#lib/endpoints/health-schema.ts'
import { activeStates } from '#lib/jobs/states.ts'
import { UsedBy } from './used-by.tsx'

const DeleteEndpoint = dynamic(() => import('./delete-endpoint.tsx').then((file) => file.DeleteEndpoint), {
  ssr: false,
  loading: () => (
    <Button variant="danger" busy>
      Delete the endpoint
    </Button>
  ),
})

/** Deletes an endpoint after a question, or says what uses it. */
export function DeletePart(props: { id: string; name: string; usedBy: EndpointHealth['usedBy'] }) {
  const [wanted, setWanted] = useState(false)
  const { id, name, usedBy } = props
  const unfinished = usedBy.jobs.filter(({ state }) => (activeStates as readonly string[]).includes(state))
  if (unfinished.length + usedBy.endpoints.length + usedBy.templates.length > 0) {
    return (
      <Notice tone="idle" title="It cannot be deleted while it is used">
        <UsedBy {...usedBy} jobs={unfinished} />
      </Notice>
    )
  }
  if (wanted) return <DeleteEndpoint id={id} name={name} />
  return (
    <Button variant="danger" onClick={() => setWanted(true)}>
      Delete the endpoint
    </Button>
  )
}
