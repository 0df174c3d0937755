'use client'

import {
  ArrowDownToLine,
  ArrowLeftFromLine,
  ArrowRightLeft,
  ArrowRightToLine,
  Ellipsis,
  Pencil,
  Trash2,
} from 'lucide-react'
import Link from 'next/link'
import { visiblePath } from '#app/_components/path-parts.ts'
import { Button } from '#app/_components/ui/button.tsx'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '#app/_components/ui/dropdown-menu.tsx'
import type { FileEntry } from '#lib/files/schema.ts'
import { contentAddress } from './content-address.ts'

function transferAddress(side: 'source' | 'destination', endpointId: string, path: string): string {
  const [end, at] = side === 'source' ? ['source', 'path'] : ['destination', 'to']
  return `/jobs/new?${new URLSearchParams({ [end]: endpointId, [at]: path })}`
}

/** What can be done with one file or folder. */
export function FileMenuList({
  endpointId,
  entry,
  onRename,
  onDelete,
}: {
  endpointId: string
  entry: FileEntry
  onRename: () => void
  onDelete: () => void
}) {
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={`More for ${visiblePath(entry.name)}`}>
          <Ellipsis aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {!entry.isFolder && (
          <DropdownMenuItem asChild>
            <a href={contentAddress(endpointId, entry.path)} download>
              <ArrowDownToLine aria-hidden />
              Download
            </a>
          </DropdownMenuItem>
        )}
        <DropdownMenuItem asChild>
          <Link href={transferAddress('source', endpointId, entry.path)}>
            <ArrowLeftFromLine aria-hidden />
            New transfer from here
          </Link>
        </DropdownMenuItem>
        {entry.isFolder && (
          <DropdownMenuItem asChild>
            <Link href={transferAddress('destination', endpointId, entry.path)}>
              <ArrowRightToLine aria-hidden />
              New transfer to here
            </Link>
          </DropdownMenuItem>
        )}
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={onRename}>
          <Pencil aria-hidden />
          Rename…
        </DropdownMenuItem>
        <DropdownMenuItem danger onSelect={onDelete}>
          <Trash2 aria-hidden />
          Delete…
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}

/** Transfers from and to the folder that is shown. */
export function FolderTransfersList({ endpointId, path }: { endpointId: string; path: string }) {
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>
        <Button>
          <ArrowRightLeft aria-hidden />
          Transfer
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem asChild>
          <Link href={transferAddress('source', endpointId, path)}>
            <ArrowLeftFromLine aria-hidden />
            New transfer from here
          </Link>
        </DropdownMenuItem>
        <DropdownMenuItem asChild>
          <Link href={transferAddress('destination', endpointId, path)}>
            <ArrowRightToLine aria-hidden />
            New transfer to here
          </Link>
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
