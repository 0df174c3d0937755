/** One EventSource, kept alive. */

const names = ['snapshot', 'job', 'progress', 'events', 'beat'] as const
export type EventName = (typeof names)[number]

export type Handlers = {
  onEvent: (name: EventName, data: unknown) => void
  onConnected: (connected: boolean) => void
  /** The server does not know this browser any more: the session was ended, here or elsewhere. */
  onSignedOut: () => void
}

/** EventSource keeps the status of a refusal to itself, so another address is asked that needs the same. */
async function isSignedOut(): Promise<boolean> {
  const answer = await fetch('/api/v1/endpoints?limit=1', { cache: 'no-store' }).catch(() => null)
  return answer?.status === 401
}

// A refused stream (signed out, server restarting) is asked for again, ever more slowly.
const FIRST_RETRY_MS = 2_000
const LAST_RETRY_MS = 30_000
// A server that beats does so every 15 s. After three missed ones the connection is dead, though nobody has said so.
// (Comments in the stream would not do: EventSource keeps them to itself.)
const SILENCE_MS = 50_000

/**
 * Opens the stream and returns what closes it. EventSource reconnects by itself after a cut; it gives up for good
 * when the answer is not a stream, and it never notices a connection that only went silent: both are started anew.
 */
export function connect(url: string, handlers: Handlers): () => void {
  let source: EventSource | undefined
  let retryMs = FIRST_RETRY_MS
  let retry: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let beating = false
  let closed = false

  const open = () => {
    source?.close()
    const current = new EventSource(url)
    source = current
    const heard = () => {
      clearTimeout(silence)
      if (beating) silence = setTimeout(open, SILENCE_MS)
    }
    heard()
    current.onopen = () => {
      retryMs = FIRST_RETRY_MS
      heard()
      handlers.onConnected(true)
    }
    current.onerror = () => {
      handlers.onConnected(false)
      if (current.readyState !== EventSource.CLOSED) return
      clearTimeout(silence)
      clearTimeout(retry)
      void isSignedOut().then((out) => {
        if (out && !closed) handlers.onSignedOut()
      })
      // Half of the wait is random, so that the tabs of a whole team do not come back in the same moment.
      retry = setTimeout(open, retryMs * (0.5 + Math.random() / 2))
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
    }
    for (const name of names) {
      current.addEventListener(name, (event: MessageEvent<string>) => {
        beating ||= name === 'beat'
        heard()
        handlers.onEvent(name, JSON.parse(event.data))
      })
    }
  }

  open()
  return () => {
    closed = true
    clearTimeout(retry)
    clearTimeout(silence)
    source?.close()
  }
}
