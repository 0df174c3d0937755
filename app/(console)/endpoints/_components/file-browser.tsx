'use client'

import { ChevronRight, File, Folder } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Bytes } from '#app/_components/figures.tsx'
import { MiddleTruncate } from '#app/_components/middle-truncate.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { visiblePath } from '#app/_components/path-parts.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Skeleton } from '#app/_components/ui/skeleton.tsx'
import type { Endpoint, FileEntry } from '#lib/endpoints/schema.ts'

type Listing =
  | { state: 'loading' }
  | { state: 'failed'; message: string }
  | { state: 'ready'; items: FileEntry[]; nextCursor: string | null }

async function list(
  endpointId: string,
  path: string,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Listing> {
  const query = new URLSearchParams({ path, limit: '500', ...(cursor && { cursor }) })
  const answer = await fetch(`/api/v1/endpoints/${endpointId}/files?${query}`, { signal })
  const body = await answer.json()
  if (!answer.ok) return { state: 'failed', message: body.detail ?? 'The folder could not be listed.' }
  return { state: 'ready', items: body.items, nextCursor: body.nextCursor }
}

export type FileBrowserProps = {
  endpoint: Pick<Endpoint, 'id' | 'name'>
  folder: string
  onFolder: (path: string) => void
  /** Given where a file may be chosen. */
  onFile?: (path: string) => void
}

/** One folder of an endpoint, as its agent sees it now. */
export function FileBrowser({ endpoint, folder, onFolder, onFile }: FileBrowserProps) {
  const [listing, setListing] = useState<Listing>({ state: 'loading' })
  useEffect(() => {
    const abort = new AbortController()
    setListing({ state: 'loading' })
    list(endpoint.id, folder, null, abort.signal).then(setListing, (error: Error) => {
      if (!abort.signal.aborted) setListing({ state: 'failed', message: error.message })
    })
    return () => abort.abort()
  }, [endpoint.id, folder])
  const more = async (cursor: string) => {
    const next = await list(endpoint.id, folder, cursor)
    if (next.state !== 'ready') return setListing(next)
    setListing((now) => (now.state === 'ready' ? { ...next, items: [...now.items, ...next.items] } : now))
  }
  return (
    <div className="min-h-40">
      <Trail name={endpoint.name} folder={folder} onFolder={onFolder} />
      {listing.state === 'loading' && (
        <div className="grid gap-2 px-4 py-3" aria-busy>
          {[70, 45, 60, 35].map((width) => (
            <Skeleton key={width} className="h-4" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
      {listing.state === 'failed' && <Notice className="m-3" tone="fail" title={listing.message} live />}
      {listing.state === 'ready' && listing.items.length === 0 && (
        <p className="px-4 py-8 text-center text-muted-foreground">This folder is empty.</p>
      )}
      {listing.state === 'ready' && (
        <ul className="divide-y divide-hairline">
          {listing.items.map((entry) => (
            <Entry key={entry.path} entry={entry} onFolder={onFolder} onFile={onFile} />
          ))}
        </ul>
      )}
      {listing.state === 'ready' && listing.nextCursor && (
        <div className="p-3 text-center">
          <Button onClick={() => more(listing.nextCursor!)}>Show more</Button>
        </div>
      )}
    </div>
  )
}

function Trail({
  name,
  folder,
  onFolder,
}: {
  name: string
  folder: string
  onFolder: (path: string) => void
}) {
  const parts = folder === '' ? [] : folder.split('/')
  return (
    <nav aria-label="Folder" className="sticky top-0 z-10 border-b bg-card px-3 py-1.5">
      <ol className="flex flex-wrap items-center gap-0.5">
        {['', ...parts].map((part, depth) => {
          const path = parts.slice(0, depth).join('/')
          return (
            <li key={path} className="flex min-w-0 items-center gap-0.5">
              {depth > 0 && <ChevronRight aria-hidden className="size-3 shrink-0 text-faint" />}
              <button
                type="button"
                onClick={() => onFolder(path)}
                aria-current={depth === parts.length ? 'location' : undefined}
                className="max-w-48 truncate rounded px-1 py-0.5 hover:bg-muted aria-[current]:font-semibold"
              >
                {depth === 0 ? name : visiblePath(part)}
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

function Entry({
  entry,
  onFolder,
  onFile,
}: {
  entry: FileEntry
  onFolder: (path: string) => void
  onFile?: (path: string) => void
}) {
  const Icon = entry.isFolder ? Folder : File
  const open = entry.isFolder ? () => onFolder(entry.path) : onFile && (() => onFile(entry.path))
  const content = (
    <>
      <Icon aria-hidden className="size-4 shrink-0 text-faint" strokeWidth={1.8} />
      <MiddleTruncate text={visiblePath(entry.name)} className="min-w-0 flex-1 text-left" />
      {!entry.isFolder && (
        <span className="w-20 shrink-0 text-right text-muted-foreground">
          <Bytes value={entry.size} />
        </span>
      )}
      {entry.modifiedAt && (
        <span className="w-24 shrink-0 text-right text-faint max-sm:hidden">
          <RelativeTime at={entry.modifiedAt} />
        </span>
      )}
    </>
  )
  const look = 'flex h-8 w-full items-center gap-2.5 px-4 pointer-coarse:h-11'
  return (
    <li>
      {open ? (
        <button type="button" onClick={open} className={`${look} hover:bg-muted/60`}>
          {content}
        </button>
      ) : (
        <div className={look}>{content}</div>
      )}
    </li>
  )
}
