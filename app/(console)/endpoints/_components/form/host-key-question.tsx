'use client'

import dynamic from 'next/dynamic'

/** A dialog weighs as much as a page: it comes when it is asked. */
export const HostKeyQuestion = dynamic(
  () => import('./host-key-dialog.tsx').then((file) => file.HostKeyDialog),
  { ssr: false },
)
