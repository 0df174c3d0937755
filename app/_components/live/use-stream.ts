'use client'

import { useSyncExternalStore } from 'react'
import { emptyFeed, type Feed } from './feed.ts'
import { createStore, type Store, type StreamState } from './store.ts'

export type Stream = Feed & Pick<StreamState, 'connected' | 'staleSeconds'>

const stores = new Map<string, Store>()
const nothingYet: StreamState = { feed: emptyFeed, connected: false, staleSeconds: null }

function storeOf(url: string): Store {
  const known = stores.get(url)
  if (known) return known
  const store = createStore(url, () => stores.delete(url))
  // The server renders for everyone and reads no stream: what it kept here would stay for good.
  if (typeof window !== 'undefined') stores.set(url, store)
  return store
}

/**
 * The latest state of all jobs the server tells about, or of one; every reader of the same address shares one
 * connection. `jobs` is null until the first snapshot: show what the server rendered until then.
 */
export function useStream({ jobId }: { jobId?: string } = {}): Stream {
  const store = storeOf(jobId ? `/api/v1/stream?jobId=${encodeURIComponent(jobId)}` : '/api/v1/stream')
  const { feed, connected, staleSeconds } = useSyncExternalStore(store.subscribe, store.get, () => nothingYet)
  return { ...feed, connected, staleSeconds }
}
