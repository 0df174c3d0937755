import type { Assignment } from '#lib/jobs/assignment.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import type { FilePair } from '#lib/jobs/schema.ts'
import type { ControlPlane } from '../control-plane/types.ts'
import { hasAnyFile, statPath } from '../rclone/places.ts'
import { splitFile } from '../rclone/plan.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place, PlaceKind } from '../rclone/types.ts'
import type { OpenedPlace } from '../secrets/place-opener.ts'
import { failed } from './endings.ts'
import { removePartials, type Swept } from './leftovers.ts'
import { whyOverlaps } from './overlap.ts'
import { type Chosen, choosePairs, meantPairs, onlyInside } from './pairs.ts'
import { type Step, whenReached } from './reach.ts'
import { findEscape, whyOutside } from './real-paths.ts'
import { removeRemotePartials } from './remote-leftovers.ts'
import { whyOneStorage } from './same-storage.ts'
import { isHere } from './tidy-up.ts'

/** An attempt before its start. */
export type Checking = Looking & { plane: Pick<ControlPlane, 'claimPlaces'> }

/** One that may be over: nothing is asked for in its name any more. */
export type Looking = {
  slot: Slot
  assignment: Assignment
  from: OpenedPlace
  to: OpenedPlace
  step: Step
  /** Of all files of the source this one is meant. */
  only?: string
  /** For the log of the attempt. */
  note(line: string): void
}

/** What rclone is to be given; `pairs` is null for all, as they are. */
export type Ready = Omit<Chosen, 'pairs'> & {
  source: Place
  destination: Place
  sourceIsFile: boolean
  pairs: FilePair[] | null
  /** Nothing of earlier attempts lies at the destination any more. */
  swept: boolean
}

/** All that comes before the start, or why there is none. Throws what a storage says that cannot be looked at. */
export async function makeReady(checking: Checking): Promise<AttemptOutcome | Ready> {
  const kind = await checkSides(checking)
  if (kind !== 'file' && kind !== 'folder') return kind
  const choosing = fromFolder(checking, kind)
  const chosen = await choosePairs(choosing)
  const swept = checking.assignment.number > 1 ? await tidyUp(choosing, kind, chosen?.pairs) : null
  if (swept?.removed) checking.note(`Removed ${swept.removed} partial files of an earlier attempt.`)
  // Now that only the start is left: minutes may have passed, and a link been put there or a mount gone since.
  const refused = (await refusePlaces(checking)) ?? (await refuseEmpty(checking, kind))
  if (refused) return refused
  return {
    ...{
      source: choosing.from.place,
      destination: checking.to.place,
      sourceIsFile: choosing.only === undefined && kind === 'file',
    },
    swept: swept?.moving === 0,
    ...(chosen ? await onlyInside(choosing, chosen) : { pairs: null, refused: [], moved: [] }),
  }
}

/** A file that is given a place of its own is one of its folder's. */
function fromFolder<L extends Looking>(looking: L, kind: 'file' | 'folder'): L {
  if (kind === 'folder' || looking.assignment.plan?.kind !== 'mapped') return looking
  const { folder, name } = splitFile(looking.from.place)
  return { ...looking, from: { ...looking.from, place: folder }, only: name }
}

/**
 * Of a job that has no next attempt: removes what a lost one left, by the same rules, and begins nothing. Null: the
 * destination would not have it; or why it may not be looked at. Throws as above.
 */
export async function tidyUpOnly(looking: Looking): Promise<AttemptOutcome | Swept | null> {
  const { slot, assignment, from, to, step } = looking
  await whenReached(from.place, to.place, ...from.localBases, ...to.localBases)
  step()
  const refused = (await refuseBases(looking)) ?? (await refusePlaces(looking))
  if (refused) return refused
  const kind = await statPath(slot, from.place)
  if (kind === 'missing' && assignment.alreadyMoved) return { removed: 0, moving: 0 }
  // Only the source can tell whose a partial file is.
  if (kind !== 'file' && kind !== 'folder') return refuseSource(looking, kind)
  const choosing = fromFolder(looking, kind)
  return tidyUp(choosing, kind, (await meantPairs(choosing))?.pairs)
}

/** What the source is, or why nothing may begin. */
async function checkSides(checking: Checking): Promise<AttemptOutcome | 'file' | 'folder'> {
  const { slot, assignment, from, to, step, note } = checking
  const { place: source } = from
  const { place: destination } = to
  await whenReached(source, destination, ...from.localBases, ...to.localBases)
  step()
  const refused = (await refuseBases(checking)) ?? (await refusePlaces(checking))
  if (refused) return refused
  const kind = await statPath(slot, source)
  if (kind === 'missing' && assignment.alreadyMoved) {
    note('An earlier attempt has moved the file; nothing is left to do.')
    return { kind: 'completed' }
  }
  const refusal = await refuseSource(checking, kind)
  if (refusal) return refusal
  const one = await whyOneStorage(slot, assignment, source, destination, kind)
  if (one) return failed('overlap', one)
  return kind === 'file' ? 'file' : 'folder'
}

async function tidyUp(
  { slot, assignment, from, to, step, only }: Looking,
  kind: 'file' | 'folder',
  pairs: FilePair[] | null = null,
): Promise<Swept | null> {
  const { place: source } = from
  const { place: destination } = to
  const sourceIsFile = only === undefined && kind === 'file'
  return isHere({ source, destination })
    ? removePartials(source, destination, assignment.jobBegan, { pairs, step })
    : removeRemotePartials(slot, source, destination, { sourceIsFile, pairs, step })
}

/** A local folder under an encrypted or combined endpoint lies inside the roots as well, with all its links. */
async function refuseBases({ assignment, from, to, step }: Looking): Promise<AttemptOutcome | null> {
  const { source, destination } = assignment
  for (const [opened, { roots }] of [[from, source] as const, [to, destination] as const]) {
    for (const base of opened.localBases) {
      const why = (await whyOutside(base, roots)) ?? (await findEscape(REMOTE, base, roots ?? [], step))
      if (why !== null) return failed('outside_roots', why)
    }
  }
  return null
}

async function refusePlaces({ assignment, from, to, step }: Looking): Promise<AttemptOutcome | null> {
  const { place: source } = from
  const { place: destination } = to
  const why =
    (await whyOutside(source, assignment.source.roots)) ??
    (await whyOutside(destination, assignment.destination.roots)) ??
    (await findEscape(source, destination, assignment.destination.roots ?? [], step))
  if (why !== null) return failed('outside_roots', why)
  const overlap = await whyOverlaps(source, destination, assignment.operation)
  return overlap === null ? null : failed('overlap', overlap)
}

async function refuseSource({ slot, from, to }: Looking, kind: PlaceKind): Promise<AttemptOutcome | null> {
  const { place: source } = from
  const { place: destination } = to
  const shown = shownSource(source)
  if (kind === 'missing') return failed('source_missing', `${shown} does not exist at the source.`)
  if (kind === 'other') {
    return failed('source_missing', `${shown} is a link or a device, not a file or folder.`)
  }
  const onto = await statPath(slot, destination)
  if (onto === 'file') {
    return failed(
      'destination_is_file',
      `The destination "${destination.path}" is a file; it must be a folder.`,
    )
  }
  return null
}

/** A mount that is away looks like an empty folder: to sync that would empty the destination. */
async function refuseEmpty(
  { slot, assignment, from: { place: source }, step }: Checking,
  kind: PlaceKind,
): Promise<AttemptOutcome | null> {
  if (assignment.operation !== 'sync' || kind !== 'folder' || (await hasAnyFile(slot, source, step)))
    return null
  return failed('source_empty', `${shownSource(source)} holds no files. Nothing was touched.`)
}

function shownSource({ path }: Place): string {
  return path === '' ? 'The root of the source' : `"${path}"`
}

/** Some source that is not local: nothing of it tells which folders of the other side are written to. */
const REMOTE: Place = { type: 'crypt', root: '', path: '' }
