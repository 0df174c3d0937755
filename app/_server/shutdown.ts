import { web } from './web.ts'

/** `next start` waits for open responses before it ends; event streams would keep it for ever. */
export function endStreamsOnSignal(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => web().streams.closeAll())
  }
}
