'use client'

import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { onFirstToast } from './toast.ts'

const Toaster = dynamic(() => import('./ui/sonner.tsx').then((file) => file.Toaster), { ssr: false })

/** The place of the sentences in the corner. They follow what somebody does: with the first touch it is loaded. */
export function ToasterHost() {
  const [wanted, setWanted] = useState(false)
  useEffect(() => {
    const want = () => setWanted(true)
    onFirstToast(want)
    window.addEventListener('pointerdown', want, { once: true })
    window.addEventListener('keydown', want, { once: true })
    return () => {
      window.removeEventListener('pointerdown', want)
      window.removeEventListener('keydown', want)
    }
  }, [])
  return wanted && <Toaster />
}
