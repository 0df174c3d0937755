'use client'

import dynamic from 'next/dynamic'

// The parts of an endpoint's page, each a chunk of its own: whoever looks at the files does not load the form.

export const FilesPart = dynamic(() => import('./endpoint-files.tsx').then((file) => file.EndpointFiles))
export const FormPart = dynamic(() => import('./endpoint-form.tsx').then((file) => file.EndpointForm))
