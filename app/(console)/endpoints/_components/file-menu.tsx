'use client'

import { ArrowRightLeft, Ellipsis } from 'lucide-react'
import dynamic from 'next/dynamic'
import { type ComponentProps, useState } from 'react'
import { visiblePath } from '#app/_components/path-parts.ts'
import { Button } from '#app/_components/ui/button.tsx'

// A menu and what places it weigh as much as the list of files: they come when they are first reached for, open.
const load = () => import('./file-menu-list.tsx')
const FileMenuList = dynamic(() => load().then((file) => file.FileMenuList), {
  ssr: false,
  loading: () => <MoreButton aria-label="More" aria-busy />,
})
const FolderTransfersList = dynamic(() => load().then((file) => file.FolderTransfersList), {
  ssr: false,
  loading: () => <TransferButton aria-busy />,
})

/** What can be done with one file or folder. */
export function FileMenu(props: ComponentProps<typeof FileMenuList>) {
  const [wanted, setWanted] = useState(false)
  if (wanted) return <FileMenuList {...props} />
  return (
    <MoreButton
      aria-label={`More for ${visiblePath(props.entry.name)}`}
      onPointerEnter={() => void load()}
      onClick={() => setWanted(true)}
    />
  )
}

/** Transfers from and to the folder that is shown. */
export function FolderTransfers(props: ComponentProps<typeof FolderTransfersList>) {
  const [wanted, setWanted] = useState(false)
  if (wanted) return <FolderTransfersList {...props} />
  return <TransferButton onPointerEnter={() => void load()} onClick={() => setWanted(true)} />
}

function MoreButton(props: ComponentProps<typeof Button>) {
  return (
    <Button variant="ghost" size="icon" aria-haspopup="menu" {...props}>
      <Ellipsis aria-hidden />
    </Button>
  )
}

function TransferButton(props: ComponentProps<typeof Button>) {
  return (
    <Button aria-haspopup="menu" {...props}>
      <ArrowRightLeft aria-hidden />
      Transfer
    </Button>
  )
}
