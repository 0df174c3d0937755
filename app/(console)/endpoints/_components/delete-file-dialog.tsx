'use client'

import { useEffect, useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { formatBytes, formatCountOf } from '#app/_components/format.ts'
import { Notice } from '#app/_components/notice.tsx'
import { visiblePath } from '#app/_components/path-parts.ts'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import {
  Dialog,
  DialogBody,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from '#app/_components/ui/dialog.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { FileCount, FileEntry } from '#lib/files/schema.ts'
import { countBelow, remove } from '../file-actions.ts'
import { sayPath } from './use-listing.ts'

/** Says what will be lost and, for a folder that holds something, asks for its name. */
export function DeleteFileDialog({
  endpointId,
  entry,
  onClose,
  onDone,
}: {
  endpointId: string
  entry: FileEntry
  onClose: () => void
  onDone: () => void
}) {
  const [count, setCount] = useState<FileCount | null>(null)
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [busy, start] = useTransition()
  const path = sayPath(entry.path)
  useEffect(() => {
    if (!entry.isFolder) return
    void countBelow(endpointId, { path }).then((found) => {
      if (found.ok) setCount(found.value)
      else setError(found.message)
    })
  }, [endpointId, entry.isFolder, path])
  const shown = visiblePath(entry.name)
  const holds = count !== null && count.files + count.folders > 0
  const ready = !entry.isFolder || (count !== null && (!holds || typed === shown))
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (!ready) return
    start(async () => {
      const done = await remove(endpointId, { path, recursive: String(holds) })
      if (!done.ok) return setError(done.message)
      onClose()
      toast.success(`“${shown}” is deleted`)
      onDone()
    })
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="sm:max-w-md">
        <form onSubmit={submit} className="contents">
          <DialogHeader>
            <DialogTitle>Delete “{shown}”?</DialogTitle>
            <DialogDescription>
              {entry.isFolder ? said(count) : `Deletes the file, ${formatBytes(entry.size)}.`} It cannot be
              taken back.
            </DialogDescription>
          </DialogHeader>
          <DialogBody className="grid gap-3">
            {error && <Notice tone="fail" title={error} live />}
            {holds && (
              <Field name="confirm" label={`Type ${shown} to delete it`}>
                {(control) => (
                  <Input
                    {...control}
                    value={typed}
                    onChange={(event) => setTyped(event.target.value)}
                    autoComplete="off"
                    spellCheck={false}
                    autoCapitalize="none"
                    className="font-mono"
                  />
                )}
              </Field>
            )}
          </DialogBody>
          <DialogFooter>
            <Button size="lg" onClick={onClose}>
              Keep it
            </Button>
            <Button type="submit" size="lg" variant="destructive" busy={busy} disabled={!ready}>
              Delete
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}

function said(count: FileCount | null): string {
  if (count === null) return 'Counting what it holds…'
  if (count.files + count.folders === 0) return 'The folder is empty.'
  const more = count.exact ? '' : 'more than '
  return `Deletes ${more}${formatCountOf(count.files, 'file')} (${formatBytes(count.bytes)}) in ${formatCountOf(count.folders + 1, 'folder')}.`
}
