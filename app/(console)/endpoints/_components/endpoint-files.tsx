'use client'

import { useRouter } from 'next/navigation'
import { Card } from '#app/_components/ui/card.tsx'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { FileBrowser } from './file-browser.tsx'

/** The endpoint's files; the folder lives in the address, so that Back leaves it. */
export function EndpointFiles({ endpoint, path }: { endpoint: Endpoint; path: string }) {
  const router = useRouter()
  const open = (folder: string) => {
    const query = folder === '' ? '' : `?${new URLSearchParams({ path: folder })}`
    router.push(`/endpoints/${endpoint.id}${query}`, { scroll: false })
  }
  return (
    <Card className="overflow-hidden p-0">
      <FileBrowser endpoint={endpoint} folder={path} onFolder={open} />
    </Card>
  )
}
