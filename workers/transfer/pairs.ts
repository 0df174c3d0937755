import { lstat, stat } from 'node:fs/promises'
import type { FilePair, JobPlan } from '#lib/jobs/schema.ts'
import { matcher } from '#lib/templates/pattern.ts'
import { placeOf, VariableError } from '#lib/templates/variables.ts'
import { listFiles } from '../rclone/places.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { whyOutside } from './real-paths.ts'

/** Files of a job whose places are known one by one, and those for which there is none, each with why. */
export type Pairs = { pairs: FilePair[]; refused: { path: string; message: string }[] }

/** Lists the source and places each file that a template means. Throws RcError. */
export async function mapFiles(
  slot: Slot,
  source: Place,
  plan: Extract<JobPlan, { kind: 'mapped' }>,
  jobId: string,
  /** Whether a place lies in the source, by whichever name. */
  isInside: (place: string) => boolean,
): Promise<Pairs> {
  const wanted = matcher(plan.pattern)
  const found: Pairs = { pairs: [], refused: [] }
  const taken = new Map<string, string>()
  const runAt = new Date(plan.runAt)
  const base = { runAt, timeZone: plan.timeZone, template: plan.template, job: jobId }
  for (const { path, size } of await listFiles(slot, source)) {
    if (!wanted(path)) continue
    try {
      const destination = placeOf(plan.destination, { ...base, file: { path, size, at: runAt, detail: {} } })
      const other = taken.get(destination)
      if (other !== undefined) throw new VariableError(`${other} goes to the same place, ${destination}.`)
      if (isInside(destination)) {
        throw new VariableError(
          `Its place, ${destination}, lies inside the source, which holds the files to take.`,
        )
      }
      taken.set(destination, path)
      found.pairs.push({ source: path, destination, size })
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      found.refused.push({ path, message: error.message })
    }
  }
  return found
}

/**
 * Those of local pairs that are one file under two names, by a link or a mount: rclone would find the copy "already
 * there", and a move would then delete the only one.
 */
export async function findSelves(source: Place, destination: Place, pairs: FilePair[]): Promise<Set<string>> {
  const selves = new Set<string>()
  if (source.type !== 'local' || destination.type !== 'local') return selves
  await inLanes(pairs, async (pair) => {
    const to = await stat(
      fullPath({ ...destination, path: joined(destination.path, pair.destination) }),
    ).catch(() => null)
    if (!to) return
    const from = await stat(fullPath({ ...source, path: joined(source.path, pair.source) })).catch(() => null)
    if (from && from.dev === to.dev && from.ino === to.ino) selves.add(pair.source)
  })
  return selves
}

/**
 * Those of local pairs that an earlier attempt of a move has moved without being able to say so: gone from the source,
 * and at their place, of the size they had.
 */
export async function findMoved(source: Place, destination: Place, pairs: FilePair[]): Promise<FilePair[]> {
  const moved: FilePair[] = []
  if (source.type !== 'local' || destination.type !== 'local') return moved
  await inLanes(pairs, async (pair) => {
    const left = fullPath({ ...source, path: joined(source.path, pair.source) })
    if (pair.size === null || (await lstat(left).catch(() => null)) !== null) return
    const there = fullPath({ ...destination, path: joined(destination.path, pair.destination) })
    const found = await lstat(there).catch(() => null)
    if (found?.isFile() && found.size === pair.size) moved.push(pair)
  })
  return moved
}

/**
 * Why files below a local place may not be touched, by path: a link in their folders leads out of the roots. rclone
 * follows a link to a folder that is part of a name it is given (1.75.2).
 */
export async function findOutside(
  place: Place,
  roots: readonly string[] | null,
  paths: string[],
): Promise<Map<string, string>> {
  const outside = new Map<string, string>()
  const folders = new Map<string, string | null>()
  for (const path of paths) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    let why = folders.get(folder)
    if (why === undefined) {
      why = await whyOutside({ ...place, path: joined(place.path, folder) }, roots)
      folders.set(folder, why)
    }
    if (why !== null) outside.set(path, why)
  }
  return outside
}

/** Questions to the disk at a time. */
const LANES = 8

async function inLanes(pairs: readonly FilePair[], ask: (pair: FilePair) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let pair = pairs[next++]; pair; pair = pairs[next++]) await ask(pair)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

function joined(folder: string, below: string): string {
  return [folder, below].filter((part) => part !== '').join('/')
}
