import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fullPath } from '../rclone/remote.ts'
import type { Place } from '../rclone/types.ts'

const looks = new Map<string, Promise<void>>()

/**
 * Resolves when the roots of local places answer, be it with an error. A call into a dead mount never returns and
 * holds a thread of this process: so while one look has not come back, whoever else asks waits for the same one.
 */
export async function whenReached(...places: Place[]): Promise<void> {
  const roots = places.filter(({ type }) => type === 'local').map((place) => fullPath({ ...place, path: '' }))
  await Promise.all(roots.map(lookAt))
}

const SOON_MS = 2000

/** Whether the roots answer within two seconds, be it with an error. */
export async function answersSoon(...places: Place[]): Promise<boolean> {
  return (await soon(whenReached(...places), SOON_MS)) !== null
}

function lookAt(path: string): Promise<void> {
  const known = looks.get(path)
  if (known) return known
  const look = stat(path)
    .then(
      () => {},
      () => {},
    )
    .finally(() => looks.delete(path))
  looks.set(path, look)
  return look
}

/** What `work` brings, or null where it takes longer or fails: for what is good to know and not worth a hang. */
export function soon<T>(work: Promise<T>, withinMs: number): Promise<T | null> {
  return Promise.race([work.catch(() => null), sleep(withinMs, null, { ref: false })])
}

/** Called by a walk over folders after each thing seen: throws where nobody waits for the walk any more. */
export type Step = () => void
