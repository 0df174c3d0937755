'use client'

import dynamic from 'next/dynamic'

// What only some kinds of storage have, and what folds away, is not carried along by the forms of all others.

export const SignInPanel = dynamic(() => import('./sign-in-panel.tsx').then((file) => file.SignInPanel))
export const BaseField = dynamic(() => import('./base-field.tsx').then((file) => file.BaseField))
export const UpstreamsField = dynamic(() =>
  import('./upstreams-field.tsx').then((file) => file.UpstreamsField),
)
export const SameEndpoint = dynamic(() => import('./same-endpoint.tsx').then((file) => file.SameEndpoint), {
  ssr: false,
})
