'use client'

import { ChevronRight, RefreshCw, Search } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { formatCount, formatCountOf } from '#app/_components/format.ts'
import { Notice } from '#app/_components/notice.tsx'
import { visiblePath } from '#app/_components/path-parts.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Skeleton } from '#app/_components/ui/skeleton.tsx'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { FileEntry, FileSort } from '#lib/files/schema.ts'
import { FileList } from './file-list.tsx'
import { useListing } from './use-listing.ts'

/** Typing settles for this long before it is searched for. */
const SETTLE_MS = 200

export type FileBrowserProps = {
  endpoint: Pick<Endpoint, 'id' | 'name'>
  folder: string
  onFolder: (path: string) => void
  /** Given where a file may be chosen. */
  onFile?: (path: string) => void
  /** What can be done with one entry. */
  actions?: (entry: FileEntry, reload: () => void) => ReactNode
  /** What can be done in the folder. */
  tools?: (reload: () => void) => ReactNode
  className?: string
}

/** One folder of an endpoint, as its agent sees it now. */
export function FileBrowser({
  endpoint,
  folder,
  onFolder,
  onFile,
  actions,
  tools,
  className,
}: FileBrowserProps) {
  const [words, setWords] = useState('')
  const [q, setQ] = useState('')
  const [below, setBelow] = useState(false)
  const [sort, setSort] = useState<FileSort>('name')
  useEffect(() => {
    const timer = setTimeout(() => setQ(words.trim()), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [words])
  const walkedIn = useRef(false)
  const listing = useListing({ endpointId: endpoint.id, path: folder, q, below, sort })
  const open = (entry: FileEntry) => {
    if (!entry.isFolder) return onFile?.(entry.path)
    setWords('')
    setQ('')
    walkedIn.current = true
    onFolder(entry.path)
  }
  const up = () => {
    if (folder === '') return
    walkedIn.current = true
    onFolder(folder.split('/').slice(0, -1).join('/'))
  }
  const { reload } = listing
  return (
    <div className={className ?? 'flex h-full min-h-0 flex-col'}>
      <Trail name={endpoint.name} folder={folder} onFolder={onFolder} />
      <div className="flex flex-wrap items-center gap-2 border-b border-hairline px-3 py-1.5">
        <div className="relative w-full sm:w-52">
          <Search aria-hidden className="absolute top-1/2 left-2 size-3.5 -translate-y-1/2 text-faint" />
          <Input
            type="search"
            aria-label="Search in this folder"
            placeholder="Search in this folder"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            className="pl-7"
          />
        </div>
        <label className="inline-flex items-center gap-1.5 text-muted-foreground">
          <input
            type="checkbox"
            checked={below}
            onChange={(event) => setBelow(event.target.checked)}
            className="size-3.5 accent-primary"
          />
          and below
        </label>
        <Button variant="ghost" size="icon" aria-label="List again" onClick={reload}>
          <RefreshCw aria-hidden />
        </Button>
        {tools && <div className="ml-auto flex flex-wrap items-center gap-2">{tools(reload)}</div>}
      </div>
      {listing.state === 'failed' && (
        <Notice
          className="m-3"
          tone="fail"
          title={listing.message ?? 'The folder could not be listed.'}
          action={<Button onClick={reload}>Try again</Button>}
          live
        />
      )}
      {listing.state === 'loading' && (
        <div className="grid gap-2 px-4 py-3" aria-busy>
          {[70, 45, 60, 35].map((width) => (
            <Skeleton key={width} className="h-4" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
      {listing.state === 'ready' && (
        <>
          <FileList
            listing={listing}
            label={`Files in ${folder === '' ? endpoint.name : visiblePath(folder)}`}
            {...{ sort, onSort: setSort, onOpen: open, onUp: up }}
            mayOpen={(entry) => entry.isFolder || onFile !== undefined}
            actions={actions && ((entry) => actions(entry, reload))}
            takeFocus={walkedIn.current}
            showPaths={below && q !== ''}
            className={listing.total === 0 ? 'h-auto' : 'flex-1'}
          />
          {listing.total === 0 && (
            <p className="px-4 py-8 text-center text-muted-foreground">
              {q === '' ? 'This folder is empty.' : 'No name here holds these letters.'}
            </p>
          )}
          <p role="status" className="border-t border-hairline px-4 py-1 text-sm text-muted-foreground">
            {listing.complete
              ? formatCountOf(listing.total, 'entry', 'entries')
              : `The first ${formatCount(listing.total)}: the search ended at its bounds. Look in a folder further down.`}
          </p>
        </>
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
    <nav aria-label="Folder" className="border-b bg-card px-3 py-1.5">
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
