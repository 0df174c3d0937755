'use client'

import { createContext, type ReactNode, useContext } from 'react'

export type Person = { email: string; role: 'owner' | 'operator' | 'viewer' }

export type Health = {
  /** "1.75.2"; null while no worker has said. */
  rclone: string | null
  state: 'healthy' | 'degraded' | 'away'
}

export type FrameValue = {
  person: Person
  health: Health
  counts: { endpoints: number; templates: number }
  /** A server action that ends the session and leads to the sign-in. */
  signOut: () => Promise<void>
}

const Context = createContext<FrameValue | null>(null)

/** What every page's frame shows, from the layout that knows the session. */
export function FrameProvider({ value, children }: { value: FrameValue; children: ReactNode }) {
  return <Context value={value}>{children}</Context>
}

export function useFrame(): FrameValue {
  const value = useContext(Context)
  if (!value) throw new Error('A piece of the frame stands outside FrameProvider')
  return value
}
