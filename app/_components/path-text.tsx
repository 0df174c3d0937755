'use client'

import type { ClipboardEvent } from 'react'
import { cn } from './cn.ts'
import { MiddleTruncate } from './middle-truncate.tsx'
import { runsRightToLeft, splitPath, visiblePath } from './path-parts.ts'

export type PathTextProps = {
  path: string
  /** Shown where the path is empty: the endpoint's own root. */
  root?: string
  /** Break over lines in place of cutting: where one path stands alone. */
  wrap?: boolean
  className?: string
}

/** Puts the path as it really is on the clipboard: the signs for control characters are for the eye only. */
function copyWhole(event: ClipboardEvent<HTMLElement>, path: string): void {
  const selection = window.getSelection()
  const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : null
  if (!range || !event.currentTarget.contains(range.commonAncestorContainer)) return
  event.clipboardData.setData('text/plain', path)
  event.preventDefault()
}

/** Folder names in their order from the left, whichever way each of them runs. */
function FolderNames({ folder }: { folder: string }) {
  if (!runsRightToLeft(folder)) return folder
  return Array.from(folder.matchAll(/[^/]+|\/+/g), (part) => <bdi key={part.index}>{part[0]}</bdi>)
}

/** A path in monospace. Too long, it gives way in the folder first, then in the middle of the name. */
export function PathText({ path, root = '/', wrap = false, className }: PathTextProps) {
  const visible = path === '' ? root : visiblePath(path)
  const { folder, name } = splitPath(visible)
  const onCopy = (event: ClipboardEvent<HTMLElement>) => copyWhole(event, path === '' ? root : path)
  if (wrap) {
    return (
      <span
        dir="ltr"
        className={cn('font-mono text-sm break-all whitespace-pre-wrap', className)}
        onCopy={onCopy}
      >
        <FolderNames folder={folder} />
        <bdi>{name}</bdi>
      </span>
    )
  }
  return (
    <span
      dir="ltr"
      title={visible}
      onCopy={onCopy}
      className={cn(
        'inline-flex max-w-full min-w-0 align-middle font-mono text-sm whitespace-pre',
        className,
      )}
    >
      {folder !== '' && (
        <span className="min-w-[2ch] flex-[0_9999_auto] overflow-hidden text-ellipsis text-muted-foreground">
          <FolderNames folder={folder} />
        </span>
      )}
      <MiddleTruncate text={name} className="flex-[0_1_auto]" />
    </span>
  )
}
