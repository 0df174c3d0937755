import { parentPort } from 'node:worker_threads'
import { messageOf } from '#lib/errors.ts'
import type { FileEntry, FileSort } from '#lib/files/schema.ts'
import { exactPath } from '../rclone/names.ts'
import type { Asked, FromThread, ToThread } from './listing-messages.ts'

// Holds listings, in a thread of its own: to read, sort and search 100,000 entries takes a second in which the worker
// would neither beat its heart nor renew a lease. It starts no process: a guard is bound to the thread that did.

type Entry = { name: string; isFolder: boolean; size: number; at: number; folder: string; local: boolean }
type Listing = { entries: Entry[]; view: { of: string; entries: Entry[] } | null }
type Raw = { Name: string; Size: number; ModTime?: string; IsDir: boolean }

const listings = new Map<string, Listing>()
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare

parentPort?.on('message', ({ call, ...asked }: ToThread) => {
  try {
    const value = answerTo(asked)
    parentPort?.postMessage({ call, value } satisfies FromThread)
  } catch (error) {
    const failed = messageOf(error)
    parentPort?.postMessage({ call, failed } satisfies FromThread)
  }
})

function answerTo(asked: Asked): FromThread['value'] {
  switch (asked.do) {
    case 'add':
      return add(asked)
    case 'window':
      return windowOf(asked)
    case 'drop':
      listings.delete(asked.listing)
      return null
  }
}

/** Takes the entries of one folder up; with `q` only those it names, and says which folders there are. */
function add({ listing, raw, folder, local, q }: Extract<Asked, { do: 'add' }>) {
  const { list } = JSON.parse(new TextDecoder().decode(raw)) as { list: Raw[] | null }
  const held = listings.get(listing) ?? { entries: [], view: null }
  listings.set(listing, held)
  const folders: string[] = []
  const wanted = q === null ? null : folded(q)
  for (const { Name, Size, ModTime, IsDir } of list ?? []) {
    const name = local ? exactPath(Name) : Name
    if (wanted !== null && IsDir) folders.push(name)
    if (wanted !== null && !folded(name).includes(wanted)) continue
    const at = ModTime === undefined ? Number.NaN : Date.parse(ModTime)
    held.entries.push({ name, isFolder: IsDir, size: IsDir ? 0 : Math.max(0, Size), at, folder, local })
  }
  held.view = null
  return { seen: list?.length ?? 0, held: held.entries.length, folders }
}

function windowOf({ listing, q, sort, offset, limit }: Extract<Asked, { do: 'window' }>) {
  const held = listings.get(listing)
  if (!held) return null
  const of = `${sort} ${q}`
  if (held.view?.of !== of) {
    const wanted = folded(q)
    const found =
      q === '' ? [...held.entries] : held.entries.filter(({ name }) => folded(name).includes(wanted))
    held.view = { of, entries: found.sort(orderBy(sort)) }
  }
  const { entries } = held.view
  return { total: entries.length, entries: entries.slice(offset, offset + limit).map(toFile) }
}

function orderBy(sort: FileSort): (a: Entry, b: Entry) => number {
  const turn = sort.startsWith('-') ? -1 : 1
  const names = (a: Entry, b: Entry) =>
    byName(a.name, b.name) ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) ||
    (a.folder < b.folder ? -1 : 1)
  const by = {
    name: () => 0,
    size: (a: Entry, b: Entry) => a.size - b.size,
    modifiedAt: (a: Entry, b: Entry) => (a.at || 0) - (b.at || 0),
  }[sort.replace('-', '') as 'name' | 'size' | 'modifiedAt']
  return (a, b) => Number(b.isFolder) - Number(a.isFolder) || turn * (by(a, b) || names(a, b))
}

/** However an accent is written, and whatever the case. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

function toFile({ name, isFolder, size, at, folder }: Entry): FileEntry {
  const path = folder === '' ? name : `${folder}/${name}`
  return { name, path, isFolder, size, modifiedAt: Number.isNaN(at) ? null : new Date(at).toISOString() }
}
