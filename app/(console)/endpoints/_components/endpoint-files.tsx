'use client'

import { FolderPlus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { FileEntry } from '#lib/files/schema.ts'
import { FileBrowser } from './file-browser.tsx'
import { FileMenu, FolderTransfers } from './file-menu.tsx'
import { UploadButton } from './upload-button.tsx'

// Loaded when somebody asks for one: most who look at files only look.
const NameDialog = dynamic(() => import('./name-dialog.tsx').then((file) => file.NameDialog), { ssr: false })
const DeleteFileDialog = dynamic(
  () => import('./delete-file-dialog.tsx').then((file) => file.DeleteFileDialog),
  { ssr: false },
)

type Doing =
  | { do: 'folder'; reload: () => void }
  | { do: 'rename' | 'delete'; entry: FileEntry; reload: () => void }

/** The endpoint's files; the folder lives in the address, so that Back leaves it. */
export function EndpointFiles({
  endpoint,
  path,
  mayChange,
}: {
  endpoint: Endpoint
  path: string
  mayChange: boolean
}) {
  const router = useRouter()
  const [doing, setDoing] = useState<Doing | null>(null)
  const open = (folder: string) => {
    const query = folder === '' ? '' : `?${new URLSearchParams({ path: folder })}`
    router.push(`/endpoints/${endpoint.id}${query}`, { scroll: false })
  }
  const close = () => setDoing(null)
  return (
    <Card className="overflow-hidden p-0">
      <FileBrowser
        endpoint={endpoint}
        folder={path}
        onFolder={open}
        className="flex h-[max(360px,calc(100dvh-300px))] min-h-0 flex-col"
        {...(mayChange && {
          tools: (reload) => (
            <>
              <Button onClick={() => setDoing({ do: 'folder', reload })}>
                <FolderPlus aria-hidden />
                New folder
              </Button>
              <UploadButton endpointId={endpoint.id} folder={path} onDone={reload} />
              <FolderTransfers endpointId={endpoint.id} path={path} />
            </>
          ),
          actions: (entry, reload) => (
            <FileMenu
              endpointId={endpoint.id}
              entry={entry}
              onRename={() => setDoing({ do: 'rename', entry, reload })}
              onDelete={() => setDoing({ do: 'delete', entry, reload })}
            />
          ),
        })}
      />
      {doing?.do === 'folder' && (
        <NameDialog endpointId={endpoint.id} folder={path} onClose={close} onDone={doing.reload} />
      )}
      {doing?.do === 'rename' && (
        <NameDialog
          endpointId={endpoint.id}
          folder={path}
          entry={doing.entry}
          onClose={close}
          onDone={doing.reload}
        />
      )}
      {doing?.do === 'delete' && (
        <DeleteFileDialog
          endpointId={endpoint.id}
          entry={doing.entry}
          onClose={close}
          onDone={doing.reload}
        />
      )}
    </Card>
  )
}
