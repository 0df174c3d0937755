import type { Assignment } from '#lib/jobs/claim-attempt.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { hasAnyFile, statPath } from '../rclone/places.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place, PlaceKind } from '../rclone/types.ts'
import type { OpenedPlace } from '../secrets/place-opener.ts'
import { failed } from './endings.ts'
import { removePartials } from './leftovers.ts'
import { whyOverlaps } from './overlap.ts'
import { type Step, whenReached } from './reach.ts'
import { findEscape, whyOutside } from './real-paths.ts'
import { removeRemotePartials } from './remote-leftovers.ts'
import { whyOneStorage } from './same-storage.ts'

/** An attempt before its start. */
export type Checking = {
  slot: Slot
  assignment: Assignment
  from: OpenedPlace
  to: OpenedPlace
  step: Step
  /** For the log of the attempt. */
  note(line: string): void
}

/** What the source is, or why nothing may begin. */
export async function checkSides(checking: Checking): Promise<AttemptOutcome | 'file' | 'folder'> {
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
  if (assignment.number > 1) {
    const bothLocal = source.type === 'local' && destination.type === 'local'
    const removed = bothLocal
      ? await removePartials(source, destination, assignment.jobBegan, step)
      : await removeRemotePartials(slot, source, destination, kind)
    if (removed > 0) note(`Removed ${removed} partial files of an earlier attempt.`)
  }
  // Again, now that only the start is left: a link may have been put there since.
  const moved = await refusePlaces(checking)
  if (moved) return moved
  return kind === 'file' ? 'file' : 'folder'
}

/** A local folder under an encrypted or combined endpoint lies inside the roots as well, with all its links. */
async function refuseBases({ assignment, from, to, step }: Checking): Promise<AttemptOutcome | null> {
  const { source, destination } = assignment
  for (const [opened, { roots }] of [[from, source] as const, [to, destination] as const]) {
    for (const base of opened.localBases) {
      const why = (await whyOutside(base, roots)) ?? (await findEscape(REMOTE, base, roots ?? [], step))
      if (why !== null) return failed('outside_roots', why)
    }
  }
  return null
}

async function refusePlaces({ assignment, from, to, step }: Checking): Promise<AttemptOutcome | null> {
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

async function refuseSource(
  { slot, assignment, from, to, step }: Checking,
  kind: PlaceKind,
): Promise<AttemptOutcome | null> {
  const { place: source } = from
  const { place: destination } = to
  const shown = source.path === '' ? 'The root of the source' : `"${source.path}"`
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
  if (assignment.operation === 'sync' && kind === 'folder' && !(await hasAnyFile(slot, source, step))) {
    return failed('source_empty', `${shown} holds no files. Nothing was touched.`)
  }
  return null
}

/** Some source that is not local: nothing of it tells which folders of the other side are written to. */
const REMOTE: Place = { type: 'crypt', root: '', path: '' }
