import type { ReactNode } from 'react'
import { CopyButton } from '#app/_components/copy-button.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'

export type ShownOnceProps = {
  title: string
  value: string
  /** What is copied: "link", "key". */
  what: string
  children: ReactNode
  onClose: () => void
}

/** A secret that nobody can look up again, until it is put away. */
export function ShownOnce({ title, value, what, children, onClose }: ShownOnceProps) {
  return (
    <Notice tone="ok" title={title} live>
      <p>{children}</p>
      <code className="mt-2 block rounded-md border bg-card p-2 font-mono text-sm break-all text-foreground select-all">
        {value}
      </code>
      <div className="mt-2 flex flex-wrap gap-2">
        <CopyButton value={value} what={what} withLabel />
        <Button onClick={onClose}>Put it away</Button>
      </div>
    </Notice>
  )
}
