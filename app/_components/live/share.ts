import { connect, type EventName, type Handlers } from './connect.ts'

/**
 * One connection for all tabs of a browser: over HTTP/1.1 a browser keeps six to a host, so six open tabs with a
 * stream each would leave none for the pages themselves. The tab that holds a lock connects and tells the others;
 * when it goes (closed, crashed, at rest) the lock passes on.
 */

type Told =
  | { kind: 'event'; name: EventName; data: unknown }
  | { kind: 'connected'; connected: boolean }
  | { kind: 'signedOut' }
  | { kind: 'hello' }
  | { kind: 'state'; state: unknown }

export type ShareHandlers = Handlers & {
  /** What a tab that joins later must know at once; undefined while there is nothing to tell. */
  giveState: () => unknown
  takeState: (state: unknown) => void
}

function lead(url: string, channel: BroadcastChannel, handlers: ShareHandlers): () => void {
  const tell = (told: Told) => channel.postMessage(told)
  channel.onmessage = ({ data: told }: MessageEvent<Told>) => {
    if (told.kind !== 'hello') return
    const state = handlers.giveState()
    if (state !== undefined) tell({ kind: 'state', state })
  }
  return connect(url, {
    onEvent: (name, data) => {
      handlers.onEvent(name, data)
      tell({ kind: 'event', name, data })
    },
    onConnected: (connected) => {
      handlers.onConnected(connected)
      tell({ kind: 'connected', connected })
    },
    onSignedOut: () => {
      tell({ kind: 'signedOut' })
      handlers.onSignedOut()
    },
  })
}

function follow(channel: BroadcastChannel, handlers: ShareHandlers): void {
  channel.onmessage = ({ data: told }: MessageEvent<Told>) => {
    if (told.kind === 'event') handlers.onEvent(told.name, told.data)
    if (told.kind === 'connected') handlers.onConnected(told.connected)
    if (told.kind === 'signedOut') handlers.onSignedOut()
    if (told.kind === 'state') handlers.takeState(told.state)
  }
  channel.postMessage({ kind: 'hello' } satisfies Told)
}

/** Takes part in the shared stream of `url`; returns what leaves it. Locks need HTTPS or localhost: else alone. */
export function share(url: string, handlers: ShareHandlers): () => void {
  if (!('locks' in navigator) || !('BroadcastChannel' in window)) return connect(url, handlers)
  const name = `file-orbit ${url}`
  const channel = new BroadcastChannel(name)
  const leaving = new AbortController()
  let left = () => {}
  const held = new Promise<void>((resolve) => {
    left = resolve
  })
  follow(channel, handlers)
  navigator.locks
    .request(name, { signal: leaving.signal }, async () => {
      const close = lead(url, channel, handlers)
      await held
      close()
    })
    .catch((error: unknown) => {
      if (!leaving.signal.aborted) throw error
    })
  return () => {
    leaving.abort()
    left()
    channel.onmessage = null
    channel.close()
  }
}
