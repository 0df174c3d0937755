import { sql } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'

/**
 * The NOTIFY channels. Payloads carry ids, never data (they stop at 8,000 bytes), and are sent in the
 * transaction that they speak of; whoever hears one reads the rows again.
 */
export const channels = {
  /** `job <id>` a state changed; `progress <id>,<id>…` figures moved; `events`: some were told or settled. Heard by every web process. */
  live: 'file_orbit_live',
  /** A message is due, or a slot's owner should look again. Heard by workers. */
  work: 'file_orbit_work',
  /** `pending <template id> <ms to gather>`: an event waits for a job. Heard by workers. */
  events: 'file_orbit_events',
  /** `<attempt id>`: the job of that attempt was cancelled or changed. Heard by workers. */
  control: 'file_orbit_control',
  /** `ask <agent id>` and `answer <question id>`. */
  questions: 'file_orbit_questions',
} as const

export async function notify(tx: Tx | Db, channel: keyof typeof channels, payload: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${channels[channel]}, ${payload})`)
}

/** 8,000 bytes hold 200 UUIDs with room to spare. */
const IDS_A_NOTICE = 200

export async function notifyProgress(tx: Tx | Db, jobIds: string[]): Promise<void> {
  for (let at = 0; at < jobIds.length; at += IDS_A_NOTICE) {
    await notify(tx, 'live', `progress ${jobIds.slice(at, at + IDS_A_NOTICE).join(',')}`)
  }
}
