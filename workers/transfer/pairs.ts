import { lstat, stat } from 'node:fs/promises'
import { insideTest } from '#lib/endpoints/overlap.ts'
import type { Cause } from '#lib/jobs/causes.ts'
import type { FilePair, JobPlan } from '#lib/jobs/schema.ts'
import { matcher } from '#lib/templates/pattern.ts'
import { placeOf, VariableError } from '#lib/templates/variables.ts'
import { listFiles, listFolder } from '../rclone/places.ts'
import { fullPath } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import type { Checking, Looking } from './checks.ts'
import { inLanes } from './lanes.ts'
import { folderOf } from './meant-files.ts'
import { whyOutside } from './real-paths.ts'
import { refuseTaken } from './taken-places.ts'

type Refused = { path: string; cause: Cause; message: string }

/** Files of a job whose places are known one by one, and those for which there is none, each with why. */
export type Pairs = { pairs: FilePair[]; refused: Refused[] }

/** `moved` are those that an earlier attempt has moved. */
export type Chosen = Pairs & { moved: FilePair[] }

/**
 * The files of a run that means some of them, or gives each a place of its own. Null: all, as they are. Throws RcError.
 */
export async function choosePairs(checking: Checking): Promise<Chosen | null> {
  const { assignment, from, to, note } = checking
  const { place: source } = from
  const { place: destination } = to
  const { operation, number } = assignment
  const meant = await meantPairs(checking)
  if (!meant) return null
  const { pairs, refused } = await refuseTaken(checking, meant.pairs)
  const selves = await findSelves(source, destination, pairs)
  const moved = operation === 'move' && number > 1 ? await findMoved(source, destination, pairs) : []
  note(`${pairs.length} files have a place of their own (${operation}).`)
  const done = new Set([...selves, ...moved.map((pair) => pair.source)])
  const same = [...selves].map((path): Refused => {
    return { path, cause: 'overlap', message: 'Source and destination are one file.' }
  })
  return {
    ...{ pairs: pairs.filter((pair) => !done.has(pair.source)), moved },
    refused: [...meant.refused, ...refused, ...same],
  }
}

/** The same, whoever has those places. */
export async function meantPairs(looking: Looking): Promise<Pairs | null> {
  const { plan, pairs, jobId, source, destination } = looking.assignment
  if (plan === null) return null
  if (plan.kind !== 'mapped') return { pairs: pairs ?? [], refused: [] }
  const isInside = insideTest({ stored: source, below: source.path }, { stored: destination })
  return mapFiles(looking, plan, jobId, isInside)
}

/** The places were checked as a whole; these are names below them, each with folders that may be links. */
export async function onlyInside(
  { assignment, from: { place: source }, to: { place: destination } }: Checking,
  { pairs, refused, moved }: Chosen,
): Promise<Chosen> {
  const from = await findOutside(
    source,
    assignment.source.roots,
    pairs.map((pair) => pair.source),
  )
  const to = await findOutside(
    destination,
    assignment.destination.roots,
    pairs.map((pair) => pair.destination),
  )
  const inside: Chosen = { pairs: [], refused: [...refused], moved }
  for (const pair of pairs) {
    const why = from.get(pair.source) ?? to.get(pair.destination)
    if (why === undefined) inside.pairs.push(pair)
    else inside.refused.push({ path: pair.source, cause: 'outside_roots', message: why })
  }
  return inside
}

/** Lists the source and places each file that a template means. */
async function mapFiles(
  { slot, from: { place: source }, only, step }: Looking,
  plan: Extract<JobPlan, { kind: 'mapped' }>,
  jobId: string,
  /** Whether a place lies in the source, by whichever name. */
  isInside: (place: string) => boolean,
): Promise<Pairs> {
  const wanted = matcher(plan.pattern)
  const found: Pairs = { pairs: [], refused: [] }
  const runAt = new Date(plan.runAt)
  const base = { runAt, timeZone: plan.timeZone, template: plan.template, job: jobId }
  const files = only === undefined ? await listFiles(slot, source, step) : await listOne(slot, source, only)
  for (const { path, size } of files) {
    if (!wanted(path)) continue
    try {
      const destination = placeOf(plan.destination, { ...base, file: { path, size, at: runAt, detail: {} } })
      if (isInside(destination)) {
        throw new VariableError(
          `Its place, ${destination}, lies inside the source, which holds the files to take.`,
        )
      }
      found.pairs.push({ source: path, destination, size })
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      found.refused.push({ path, cause: 'overlap', message: error.message })
    }
  }
  return found
}

async function listOne(slot: Slot, folder: Place, only: string) {
  const entries = await listFolder(slot, folder)
  return entries.flatMap(({ name, size, isFolder }) => {
    return name === only && !isFolder ? [{ path: name, size }] : []
  })
}

/**
 * Those of local pairs that are one file under two names, by a link or a mount: rclone would find the copy "already
 * there", and a move would then delete the only one.
 */
async function findSelves(source: Place, destination: Place, pairs: FilePair[]): Promise<Set<string>> {
  const selves = new Set<string>()
  if (source.type !== 'local' || destination.type !== 'local') return selves
  const there = (path: string) =>
    stat(fullPath({ ...destination, path: joined(destination.path, path) })).catch(() => null)
  // Mostly files go to folders that are new: one look instead of one for each.
  const folders = new Map<string, Promise<boolean>>()
  await inLanes(pairs, async (pair) => {
    const folder = folderOf(pair.destination)
    const isThere = folders.get(folder) ?? there(folder).then((found) => found !== null)
    folders.set(folder, isThere)
    const to = (await isThere) && (await there(pair.destination))
    if (!to) return
    const from = await stat(fullPath({ ...source, path: joined(source.path, pair.source) })).catch(() => null)
    if (from && from.dev === to.dev && from.ino === to.ino) selves.add(pair.source)
  })
  return selves
}

/**
 * Those of local pairs that a move has moved without being able to say so: gone from the source, and at their place, of
 * the size they had.
 */
export async function findMoved(
  source: Place,
  destination: Place,
  pairs: readonly FilePair[],
): Promise<FilePair[]> {
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
async function findOutside(
  place: Place,
  roots: readonly string[] | null,
  paths: string[],
): Promise<Map<string, string>> {
  const outside = new Map<string, string>()
  const folders = new Map<string, string | null>()
  for (const path of paths) {
    const folder = folderOf(path)
    let why = folders.get(folder)
    if (why === undefined) {
      why = await whyOutside({ ...place, path: joined(place.path, folder) }, roots)
      folders.set(folder, why)
    }
    if (why !== null) outside.set(path, why)
  }
  return outside
}

function joined(folder: string, below: string): string {
  return [folder, below].filter((part) => part !== '').join('/')
}
