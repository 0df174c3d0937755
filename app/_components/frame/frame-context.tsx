'use client'

import { createContext, type ReactNode, useContext, useMemo } from 'react'
import type { Health } from './health.ts'
import { useHealth } from './use-health.ts'

export type Person = { email: string; role: 'owner' | 'operator' | 'viewer' }

export type FrameValue = {
  person: Person
  health: Health
  counts: { endpoints: number; templates: number }
  /** A server action that ends the session and leads to the sign-in. */
  signOut: () => Promise<void>
}

const Context = createContext<FrameValue | null>(null)

/** What every page's frame shows, from the layout that knows the session; its health as the stream tells it since. */
export function FrameProvider({ value, children }: { value: FrameValue; children: ReactNode }) {
  const health = useHealth(value.health)
  const live = useMemo(() => ({ ...value, health }), [value, health])
  return <Context value={live}>{children}</Context>
}

export function useFrame(): FrameValue {
  const value = useContext(Context)
  if (!value) throw new Error('A piece of the frame stands outside FrameProvider')
  return value
}
