import { sql } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'

/**
 * The NOTIFY channels. Payloads carry ids, never data (they stop at 8,000 bytes), and are sent in the
 * transaction that they speak of; whoever hears one reads the rows again.
 */
export const channels = {
  /** A state changed (`job`), figures moved (`progress`); `events`: some were told or settled. Heard by every web process. */
  live: 'file_orbit_live',
  /** One word of what is to be looked at. Heard by workers. */
  work: 'file_orbit_work',
  /** An event waits for a job, and how many milliseconds it may gather. Heard by workers. */
  events: 'file_orbit_events',
  /** The job of that attempt was cancelled or changed. Heard by workers. */
  control: 'file_orbit_control',
  questions: 'file_orbit_questions',
} as const

/** What is said on each channel. */
export type Payloads = {
  live: `job ${string}` | `progress ${string}` | 'events'
  /**
   * A message of an attempt is due; triggers were changed; a run of a schedule has ended; a ping URL is to be called;
   * a job that is over may have left partial files.
   */
  work: 'attempt' | 'triggers' | 'runs' | 'pings' | 'tidy'
  events: `pending ${string} ${number}`
  control: string
  questions: `ask ${string}` | `answer ${string}`
}
export type Channel = keyof Payloads

export async function notify<C extends Channel>(
  tx: Tx | Db,
  channel: C,
  payload: Payloads[C],
): Promise<void> {
  await tx.execute(sql`select pg_notify(${channels[channel]}, ${payload})`)
}

/** 8,000 bytes hold 200 UUIDs with room to spare. */
const IDS_A_NOTICE = 200

/** Tells of many jobs in as few notices as hold them: each is heard by every process. */
export async function notifyJobs(tx: Tx | Db, kind: 'job' | 'progress', jobIds: string[]): Promise<void> {
  if (jobIds.length === 0) return
  const notices: string[] = []
  for (let at = 0; at < jobIds.length; at += IDS_A_NOTICE) {
    notices.push(jobIds.slice(at, at + IDS_A_NOTICE).join(','))
  }
  await tx.execute(sql`
    select pg_notify(${channels.live}, ${kind}::text || ' ' || ids)
    from unnest(string_to_array(${notices.join(' ')}, ' ')) as ids`)
}

/** What was said on `live`; of a version to come, null. */
export function parseLive(
  payload: string,
): { kind: 'job' | 'progress'; ids: string[] } | { kind: 'events' } | null {
  const [kind, ids = ''] = payload.split(' ')
  if (kind === 'events') return { kind }
  return kind === 'job' || kind === 'progress' ? { kind, ids: ids.split(',') } : null
}

/** Says that events of a template wait for a job, and for how long they may gather. */
export async function notifyPending(tx: Tx | Db, templateId: string, windowMs: number): Promise<void> {
  await notify(tx, 'events', `pending ${templateId} ${windowMs}`)
}

export function parsePending(payload: string): { templateId: string; windowMs: number } | null {
  const [kind, templateId, windowMs] = payload.split(' ')
  return kind === 'pending' && templateId ? { templateId, windowMs: Number(windowMs) } : null
}
