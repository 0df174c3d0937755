import type { FilePair } from '#lib/jobs/schema.ts'

export type Pair = Pick<FilePair, 'source' | 'destination'>

/** The runs of one template, and where this one takes from. */
export type Run = {
  templateId: string
  destinationEndpointId: string
  source: { endpointId: string; path: string }
  isMove: boolean
}

/**
 * How places are told apart. Where a destination takes names that differ only in upper and lower case for one, a place is
 * taken by its name and by what its spellings have in common; no path begins with "/", so the two are never mixed up.
 */
export type Keying = 'exact' | 'blind'

export function keyOf(place: string, keying: Keying): string {
  return keying === 'exact' ? place : `/${place.toLowerCase()}`
}

/** Below its endpoint: by which two files of one name in two folders are told apart. */
export function wholePath(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`
}
