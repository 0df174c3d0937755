import type { Health } from '#lib/agents/health.ts'
import type { Job, Progress } from '#lib/jobs/schema.ts'
import type { EventName } from './connect.ts'
import { emptyFeed, type Feed, takeBeat, takeJob, takeLedger, takeProgress, takeSnapshot } from './feed.ts'
import { share } from './share.ts'

export type StreamState = {
  feed: Feed
  connected: boolean
  /** How old the figures are, once they are later than they should be; null while they are fresh. */
  staleSeconds: number | null
}

export type Store = {
  get: () => StreamState
  subscribe: (listener: () => void) => () => void
}

// A tab that nobody looks at rests after a minute; what it missed comes with the next snapshot.
const REST_AFTER_MS = 60_000
// Moving from page to page must not cost a connection each time.
const LINGER_MS = 3_000
// While something runs there is news every second; else the server's beat every 15 s is all there is.
const LATE_WHILE_RUNNING_MS = 10_000
const LATE_MS = 35_000
// Many jobs may move in the same moment: one picture for all of them.
const DRAW_MS = 50

/** A page of a session that has ended shows what it may not: away from it, and back to it after signing in. */
function leaveForSignIn(): void {
  const here = window.location.pathname + window.location.search
  window.location.assign(`/sign-in?to=${encodeURIComponent(here)}`)
}

/** The stream at `url` as a store that connects with its first reader. */
export function createStore(url: string): Store {
  let state: StreamState = { feed: emptyFeed, connected: false, staleSeconds: null }
  let heardAt = 0
  let beating = false
  let leave: (() => void) | undefined
  let rest: ReturnType<typeof setTimeout> | undefined
  let linger: ReturnType<typeof setTimeout> | undefined
  let draw: ReturnType<typeof setTimeout> | undefined
  let watch: ReturnType<typeof setInterval> | undefined
  const listeners = new Set<() => void>()

  const change = (part: Partial<StreamState>) => {
    state = { ...state, ...part }
    if (draw !== undefined) return
    draw = setTimeout(() => {
      draw = undefined
      for (const listener of listeners) listener()
    }, DRAW_MS)
  }

  const heard = (feed: Feed) => {
    heardAt = Date.now()
    change({ feed, staleSeconds: null })
  }

  const take = (name: EventName, data: unknown) => {
    const { feed } = state
    // The server writes these from the schemas of lib/jobs; a cast, not a second check in the browser.
    if (name === 'snapshot') heard(takeSnapshot(feed, (data as { items: Job[] }).items))
    else if (name === 'job') heard(takeJob(feed, data as Job))
    else if (name === 'progress') heard(takeProgress(feed, data as Progress))
    else if (name === 'events') heard(takeLedger(feed))
    else {
      beating = true
      heard(takeBeat(feed, data as Health))
    }
  }

  const checkAge = () => {
    const jobs = state.feed.jobs ? [...state.feed.jobs.values()] : []
    const hurried = !state.connected || jobs.some((job) => job.state === 'running')
    const age = Date.now() - heardAt
    // Quiet is no lateness where nothing runs, unless a beat is due.
    const allowed = hurried ? LATE_WHILE_RUNNING_MS : beating ? LATE_MS : Number.POSITIVE_INFINITY
    const late = age >= allowed
    const staleSeconds = late ? Math.floor(age / 1000) : null
    if (staleSeconds !== state.staleSeconds) change({ staleSeconds })
  }

  const start = () => {
    if (leave || document.hidden) return
    // After a rest the age goes on from before it: until the snapshot is there, the figures are that old.
    heardAt ||= Date.now()
    leave = share(url, {
      onEvent: take,
      onConnected: (connected) => change({ connected }),
      onSignedOut: leaveForSignIn,
      giveState: () => (state.feed.jobs ? { state, heardAt } : undefined),
      takeState: (given) => {
        const told = given as { state: StreamState; heardAt: number }
        heardAt = told.heardAt
        change(told.state)
      },
    })
    watch = setInterval(checkAge, 1000)
  }

  const stop = () => {
    leave?.()
    leave = undefined
    clearInterval(watch)
    state = { ...state, connected: false }
  }

  const onVisibility = () => {
    clearTimeout(rest)
    if (document.hidden) rest = setTimeout(stop, REST_AFTER_MS)
    else start()
  }

  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    clearTimeout(linger)
    if (listeners.size === 1) {
      document.addEventListener('visibilitychange', onVisibility)
      start()
    }
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      linger = setTimeout(() => {
        document.removeEventListener('visibilitychange', onVisibility)
        clearTimeout(rest)
        stop()
      }, LINGER_MS)
    }
  }

  return { get: () => state, subscribe }
}
