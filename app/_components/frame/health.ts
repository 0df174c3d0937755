import type { Health as Answer } from '#lib/agents/health.ts'

export type Health = {
  /** "1.75.2"; null while no worker has said. */
  rclone: string | null
  state: 'healthy' | 'degraded' | 'away'
}

const states: Record<Answer['status'], Health['state']> = {
  ok: 'healthy',
  degraded: 'away',
  down: 'degraded',
}

/** What the frame says of what `GET /health` answers. */
export function toHealth({ status, rclone }: Answer): Health {
  return { rclone: rclone.version, state: states[status] }
}
