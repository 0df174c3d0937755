'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronUp, File, Folder } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { cn } from '#app/_components/cn.ts'
import { Bytes } from '#app/_components/figures.tsx'
import { MiddleTruncate } from '#app/_components/middle-truncate.tsx'
import { visiblePath } from '#app/_components/path-parts.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Skeleton } from '#app/_components/ui/skeleton.tsx'
import type { FileEntry, FileSort } from '#lib/files/schema.ts'
import type { Listing } from './use-listing.ts'

export type FileListProps = {
  listing: Listing
  /** Read out as the list's name. */
  label: string
  sort: FileSort
  onSort: (sort: FileSort) => void
  onOpen: (entry: FileEntry) => void
  onUp: () => void
  mayOpen: (entry: FileEntry) => boolean
  /** What can be done with one entry; drawn at the end of its row. */
  actions?: (entry: FileEntry) => ReactNode
  /** Somebody walked in by key: the first row takes the focus. */
  takeFocus: boolean
  /** Of a search below: where each was found. */
  showPaths: boolean
  className?: string
}

const COARSE = '(pointer: coarse)'

const columns = [
  { key: 'name', label: 'Name', look: 'min-w-0 flex-1' },
  { key: 'size', label: 'Size', look: 'w-20 shrink-0 justify-end' },
  { key: 'modifiedAt', label: 'Changed', look: 'w-24 shrink-0 justify-end max-sm:hidden' },
] as const

/** The rows of a folder: as long as it likes, of which those in sight are drawn. Arrows, Enter and Backspace work. */
export function FileList({
  listing,
  label,
  sort,
  onSort,
  onOpen,
  onUp,
  mayOpen,
  actions,
  takeFocus,
  showPaths,
  className,
}: FileListProps) {
  const box = useRef<HTMLDivElement>(null)
  const [marked, setMarked] = useState(0)
  // Set by a key: the row that it led to takes the focus when it is drawn.
  const walked = useRef(takeFocus)
  const height = useRowHeight()
  const list = useVirtualizer({
    count: listing.total,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
  })
  const measured = useRef(height)
  useEffect(() => {
    if (measured.current === height) return
    measured.current = height
    list.measure()
  }, [list, height])
  const rows = list.getVirtualItems()
  const [from, to] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0]
  useEffect(() => listing.want(from, to))
  const current = Math.min(marked, Math.max(0, listing.total - 1))
  useEffect(() => {
    if (!walked.current) return
    const name = box.current?.querySelector<HTMLElement>(`[data-file="${current}"] [data-name]`)
    if (!name) return
    walked.current = false
    name.focus({ preventScroll: true })
  })

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 320) / height) - 1)
    const moves: Record<string, number> = {
      ...{ ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page },
      ...{ Home: 0, End: listing.total - 1 },
    }
    if (event.key in moves) {
      const next = Math.max(0, Math.min(listing.total - 1, moves[event.key]!))
      walked.current = true
      setMarked(next)
      list.scrollToIndex(next)
    } else if (event.key === 'Backspace') onUp()
    else return
    event.preventDefault()
  }
  return (
    <div className={cn('flex min-h-0 flex-col', className)}>
      <div className="flex items-center gap-2.5 border-b border-hairline px-4 text-sm text-muted-foreground">
        {columns.map(({ key, label: name, look }) => (
          <SortButton key={key} name={name} by={key} sort={sort} onSort={onSort} className={look} />
        ))}
        {actions && <span className="w-7 pointer-coarse:w-10" />}
      </div>
      <div ref={box} className="min-h-0 flex-1 overflow-y-auto">
        <ul aria-label={label} className="relative" style={{ height: list.getTotalSize() }}>
          {rows.map(({ index, start, size }) => {
            const entry = listing.at(index)
            return (
              <li
                key={index}
                data-file={index}
                aria-posinset={index + 1}
                aria-setsize={listing.total}
                className="absolute inset-x-0 flex items-center gap-2.5 border-b border-hairline px-4 hover:bg-muted/60 has-[[data-name]:focus-visible]:bg-selected"
                // Not moved by a transform: the row's menu is fixed to the window, and such a row would be its window.
                style={{ height: size, top: start }}
              >
                {entry ? (
                  <Row
                    entry={entry}
                    showPath={showPaths}
                    isCurrent={index === current}
                    onKey={press}
                    onMark={() => setMarked(index)}
                    onOpen={mayOpen(entry) ? () => onOpen(entry) : null}
                    actions={actions?.(entry)}
                  />
                ) : (
                  <Skeleton className="h-3.5 w-2/5" />
                )}
              </li>
            )
          })}
        </ul>
      </div>
    </div>
  )
}

/** A finger needs more than a pointer does. */
function useRowHeight(): number {
  // Known at the first drawing: rows that grew after it would move.
  return useSyncExternalStore(
    (changed) => {
      const coarse = matchMedia(COARSE)
      coarse.addEventListener('change', changed)
      return () => coarse.removeEventListener('change', changed)
    },
    () => (matchMedia(COARSE).matches ? 44 : 32),
    () => 32,
  )
}

function Row({
  entry,
  showPath,
  isCurrent,
  onKey,
  onMark,
  onOpen,
  actions,
}: {
  entry: FileEntry
  showPath: boolean
  isCurrent: boolean
  onKey: (event: KeyboardEvent) => void
  onMark: () => void
  onOpen: (() => void) | null
  actions: ReactNode
}) {
  const Icon = entry.isFolder ? Folder : File
  const shown = visiblePath(showPath ? entry.path : entry.name)
  return (
    <>
      <button
        type="button"
        data-name
        // In one piece: a screen reader would pause where the text gives way.
        aria-label={shown}
        tabIndex={isCurrent ? 0 : -1}
        aria-disabled={onOpen === null || undefined}
        onKeyDown={onKey}
        onFocus={onMark}
        onClick={() => onOpen?.()}
        className="flex h-full min-w-0 flex-1 items-center gap-2.5 outline-none aria-disabled:cursor-default"
      >
        <Icon aria-hidden className="size-4 shrink-0 text-faint" strokeWidth={1.8} />
        <MiddleTruncate text={shown} className="min-w-0 flex-1 text-left" />
      </button>
      <span className="w-20 shrink-0 text-right text-muted-foreground">
        {!entry.isFolder && <Bytes value={entry.size} />}
      </span>
      <span className="w-24 shrink-0 truncate text-right text-muted-foreground max-sm:hidden">
        {entry.modifiedAt && <RelativeTime at={entry.modifiedAt} />}
      </span>
      {actions}
    </>
  )
}

function SortButton({
  name,
  by,
  sort,
  onSort,
  className,
}: {
  name: string
  by: 'name' | 'size' | 'modifiedAt'
  sort: FileSort
  onSort: (sort: FileSort) => void
  className: string
}) {
  const isCurrent = sort.replace('-', '') === by
  const isDown = sort.startsWith('-')
  const next = (isCurrent && !isDown ? `-${by}` : by) as FileSort
  const Arrow = isDown ? ChevronDown : ChevronUp
  return (
    <button
      type="button"
      onClick={() => onSort(next)}
      aria-label={`Sort by ${name.toLowerCase()}${isCurrent ? (isDown ? ', now from the end' : ', now from the beginning') : ''}`}
      className={cn(
        'flex h-7 items-center gap-1 hover:text-foreground pointer-coarse:h-10',
        className,
        isCurrent && 'text-muted-foreground',
      )}
    >
      {name}
      {isCurrent && <Arrow aria-hidden className="size-3" />}
    </button>
  )
}
