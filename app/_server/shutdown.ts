import { web } from './web.ts'

/** Requests take a second at most. `npm start` kills after 8 s, and a killed web looks like a crash. */
const GRACE_MS = 4000

/** `next start` waits for open responses before it ends; event streams would keep it for ever. */
export function endStreamsOnSignal(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      web().streams.closeAll()
      // A client may hold its kept-alive connection for as long as it sends over it.
      setTimeout(() => process.exit(0), GRACE_MS).unref()
    })
  }
}
