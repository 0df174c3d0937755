/** Runs once when the web process starts. */
export async function register(): Promise<void> {
  // Written this way so that the build leaves the import out of the edge runtime, which has no processes.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { endStreamsOnSignal } = await import('#app/_server/shutdown.ts')
    endStreamsOnSignal()
  }
}
