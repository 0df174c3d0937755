'use client'

import { type ComponentProps, useSyncExternalStore } from 'react'

/**
 * A form whose fields and `onSubmit` live in the browser: it cannot be used before its script is at work. Until then what
 * is typed would be lost, and sent, the browser itself would put every field, passwords among them, into the address.
 */
export function HydratedForm(props: ComponentProps<'form'>) {
  const isHydrated = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  )
  return <form {...props} method="post" inert={!isHydrated} />
}
