'use client'

import { useSyncExternalStore } from 'react'
import { emptyFeed, type Feed } from './feed.ts'
import { createStore, type StreamState } from './store.ts'

export type Stream = Feed & Pick<StreamState, 'connected' | 'staleSeconds'>

const nothingYet: StreamState = { feed: emptyFeed, connected: false, staleSeconds: null }

/** The one of this tab, which shares its connection with the browser's other tabs. */
const store = createStore('/api/v1/stream')

/**
 * The latest state of all jobs that the server tells about. `jobs` is null until the first snapshot, and holds no job
 * that ended long ago: show what the server rendered until then.
 */
export function useStream(): Stream {
  const { feed, connected, staleSeconds } = useSyncExternalStore(store.subscribe, store.get, () => nothingYet)
  return { ...feed, connected, staleSeconds }
}
