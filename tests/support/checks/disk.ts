import type { JobState } from '#lib/jobs/states.ts'
import { holdersOf } from '../files.ts'
import { type Errand, type Lying, survey } from './errand.ts'

/** What lies on both sides, against what lay there before and what the job says it did. */
export function diskFindings(errand: Errand, state: JobState): string[] {
  const source = survey(errand.source)
  const destination = survey(errand.destination)
  return [
    ...lost(errand, source, destination),
    ...foreign(errand, destination),
    ...leftBehind(errand, source, destination),
    ...(state === 'completed' ? unlikePromise(errand, source, destination) : []),
  ]
}

/** The one thing that must never happen, whatever the operation: a file that is on neither side. */
function lost({ atSource }: Errand, source: Lying, destination: Lying): string[] {
  return Object.entries(atSource)
    .filter(
      ([path, { content }]) => source[path]?.content !== content && destination[path]?.content !== content,
    )
    .map(([path]) => `lost: ${path} is whole on neither side`)
}

/** Under a final name lies a file of the source or the one that was there before, never a part of one. */
function foreign({ atSource, atDestination }: Errand, destination: Lying): string[] {
  return Object.entries(destination)
    .filter(([path]) => !isPartial(path))
    .filter(
      ([path, { content }]) =>
        content !== atSource[path]?.content && content !== atDestination[path]?.content,
    )
    .map(([path, { size }]) => `foreign: ${path} (${size} bytes) at the destination is neither old nor new`)
}

function leftBehind(errand: Errand, source: Lying, destination: Lying): string[] {
  const partials = [...Object.keys(source), ...Object.keys(destination)].filter(isPartial)
  const holders = [...holdersOf(errand.source), ...holdersOf(errand.destination)]
  return [
    ...partials.map((path) => `left behind: ${path}`),
    ...holders.map((pid) => `left behind: process ${pid} holds a file of the job`),
  ]
}

function unlikePromise(errand: Errand, source: Lying, destination: Lying): string[] {
  const { operation, atSource, atDestination } = errand
  const wanted = operation === 'sync' ? atSource : { ...atDestination, ...atSource }
  return [
    ...difference('source', operation === 'move' ? {} : atSource, source),
    ...difference('destination', wanted, destination),
  ]
}

function difference(side: string, wanted: Lying, found: Lying): string[] {
  const missing = Object.keys(wanted).filter((path) => !(path in found))
  const other = Object.keys(wanted).filter(
    (path) => path in found && found[path]!.content !== wanted[path]!.content,
  )
  const extra = Object.keys(found).filter((path) => !(path in wanted))
  return [
    ...missing.map((path) => `${side}: ${path} is missing`),
    ...other.map((path) => `${side}: ${path} has another content`),
    ...extra.map((path) => `${side}: ${path} does not belong there`),
  ]
}

function isPartial(path: string): boolean {
  return path.endsWith('.partial')
}
