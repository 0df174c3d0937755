'use client'

import { useState } from 'react'
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
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { FileBrowser } from './file-browser.tsx'

export type BrowseDialogProps = {
  endpoint: Pick<Endpoint, 'id' | 'name'>
  startAt: string
  pick: 'any' | 'folder'
  onPick: (path: string) => void
  onClose: () => void
}

/** Walk an endpoint and choose a folder, or a file where one may be chosen. */
export function BrowseDialog({ endpoint, startAt, pick, onPick, onClose }: BrowseDialogProps) {
  const [folder, setFolder] = useState(startAt)
  const last = folder.split('/').at(-1)
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="h-[min(600px,85dvh)] sm:max-w-xl">
        <DialogHeader>
          <DialogTitle>{endpoint.name}</DialogTitle>
          <DialogDescription>
            {pick === 'any' ? 'Choose a folder, or a single file.' : 'Choose a folder.'}
          </DialogDescription>
        </DialogHeader>
        <DialogBody className="border-t px-0 pb-0">
          <FileBrowser
            endpoint={endpoint}
            folder={folder}
            onFolder={setFolder}
            onFile={pick === 'any' ? onPick : undefined}
          />
        </DialogBody>
        <DialogFooter>
          <Button size="lg" onClick={onClose}>
            Close
          </Button>
          <Button size="lg" variant="default" onClick={() => onPick(folder)}>
            {last ? `Choose “${last}”` : 'Choose the whole endpoint'}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  )
}
