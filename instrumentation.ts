/** Runs once when the web process starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { web } = await import('#app/_server/web.ts')
  // `next start` waits for open streams before it ends; they would keep it for ever.
  process.on('SIGTERM', () => web().streams.closeAll())
  process.on('SIGINT', () => web().streams.closeAll())
}
