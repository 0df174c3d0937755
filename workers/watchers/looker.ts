import type { Stats } from 'node:fs'
import { join } from 'node:path'
import type { Db } from '#lib/db/client.ts'
import type { Watch } from '#lib/watches/find-watches.ts'
import { type KnownFile, marksOf } from '#lib/watches/known-files.ts'
import { type SeenFile, tellFiles } from '#lib/watches/tell-files.ts'
import type { Term } from '../leader.ts'
import { type Disk, factsOf, ignorer, isLinked, markOf, pathOf } from './file-facts.ts'
import { type Marker, markerOf } from './marker.ts'
import { Waiting } from './waiting.ts'

/** Files of one transaction: a statement's parameters are at most 65,535, of which each takes 13. */
const PORTION = 1000
/**
 * Questions to a file system at a time. Four threads serve this whole process: a share that hangs gets two of them, a disk
 * of its own all, and enough to do that none of them has to be woken for each.
 */
const LANES = { shared: 2, local: 32 }

export type Look = {
  folders: { name: string; facts: Stats }[]
  missing: string[]
  /** How many of the names were known, and how many of them in this very version. */
  known: number
  same: number
  /** Names that cannot be looked at, with the code of why. */
  unreadable: { name: string; code: string }[]
  /** Files that a marker was seen of: now they may count. */
  marked: string[]
  /** A marker may be of any file in this folder. */
  lookAround: boolean
  /** A link stands where the watched folder was: nothing was looked at. */
  isElsewhere: boolean
}

/** Looks at files of one watch, decides which of them count, and tells of them. */
export class Looker {
  readonly waiting: Waiting
  /** What lay there before it is no event: until all of that was looked at. */
  beforeItCounts: Date | null = null
  /** The folder may be without its file system: nothing in it is gone. */
  keepsGone = false
  disk: Disk = { isShared: false, keepsInodes: true }
  readonly #watch: Watch
  readonly #db: Db
  readonly #term: Term
  readonly #marker: Marker | null
  readonly isIgnored: (name: string) => boolean

  constructor(watch: Watch, db: Db, term: Term) {
    this.#watch = watch
    this.#db = db
    this.#term = term
    const { settings } = watch
    this.waiting = new Waiting(settings.readyAfterSeconds * 1000)
    this.#marker = settings.marker ? markerOf(settings.marker) : null
    this.isIgnored = ignorer(settings.ignore)
  }

  /** `all`: the names are all of their folder, so it matters which of them are known. */
  async look(root: string, folder: string, names: string[], all = false): Promise<Look> {
    const look: Look = {
      ...{ folders: [], missing: [], known: 0, same: 0, unreadable: [], marked: [], lookAround: false },
      isElsewhere: false,
    }
    const files: { name: string; facts: Stats; mark: string }[] = []
    const path = join(root, folder)
    const linked = names.length > 0 && (await isLinked(path))
    // Of the watched folder itself more has to be found out than that its files are gone.
    if (linked && folder === '') {
      for (const name of names) this.waiting.drop(name)
      return { ...look, isElsewhere: true }
    }
    for (const [name, facts] of await this.#factsOf(path, names, linked)) {
      if (facts === null) look.missing.push(name)
      else if (typeof facts === 'string') look.unreadable.push({ name, code: facts })
      else if (this.isIgnored(name)) continue
      else if (facts.isDirectory()) look.folders.push({ name, facts })
      else if (this.#marker?.isMarker(name)) {
        const file = this.#marker.fileOf(name)
        if (file === null) look.lookAround = true
        else look.marked.push(file)
      } else files.push({ name, facts, mark: markOf(facts, this.disk) })
    }
    for (const { name } of look.folders) this.waiting.drop(pathOf(folder, name))
    for (const { name } of look.unreadable) this.waiting.drop(pathOf(folder, name))
    for (const name of look.missing) this.waiting.drop(pathOf(folder, name))
    const quiet = this.#marker ? files : files.filter((file) => this.#isDone(folder, file))
    const asked = all ? files : quiet
    const known = await marksOf(this.#db, this.#watch.triggerId, folder, [
      ...asked.map(({ name }) => name),
      ...look.missing,
    ])
    for (const { name, mark } of asked) {
      const before = known.get(name)
      if (before !== undefined) look.known += 1
      if (before !== mark) continue
      look.same += 1
      this.waiting.drop(pathOf(folder, name))
    }
    const fresh = quiet.filter(({ name, mark }) => known.get(name) !== mark)
    const ready: SeenFile[] = []
    for (const file of fresh) {
      if (!this.#marker || this.#isOld(file.facts) || !file.facts.isFile())
        ready.push(this.#seen(folder, file))
      else if (await this.#isMarked(path, file.name, file.facts)) {
        ready.push(this.#seen(folder, file))
      }
    }
    const gone = this.keepsGone
      ? []
      : look.missing.flatMap((name) => {
          const mark = known.get(name)
          return mark === undefined ? [] : [{ folder, name, mark }]
        })
    await this.tell(ready, gone)
    for (const { name } of ready) this.waiting.drop(pathOf(folder, name))
    return look
  }

  /** Writes events in portions; each is whole, or is told again after the next look. */
  async tell(seen: SeenFile[], gone: KnownFile[]): Promise<void> {
    const { triggerId, since, settings } = this.#watch
    const tellGone = settings.kinds.includes('removed') && this.beforeItCounts === null
    for (let at = 0; at < Math.max(seen.length, gone.length); at += PORTION) {
      const part = { seen: seen.slice(at, at + PORTION), gone: gone.slice(at, at + PORTION) }
      await this.#term.transaction((tx) => tellFiles(tx, { triggerId, since, tellGone, ...part }))
    }
  }

  /** Names that are no text: told once each, for a person, because no path of ours can name them. */
  async tellOdd(folder: string, odd: string[]): Promise<void> {
    const names = odd.map((name) => `/${name}`)
    const known = await marksOf(this.#db, this.#watch.triggerId, folder, names)
    const seen = names
      .filter((name) => !known.has(name))
      .map((name) => ({
        ...{ folder, name, mark: 'odd', size: null, at: new Date() },
        dead: 'Its name is not UTF-8, so that it cannot be named to rclone. Rename it.',
      }))
    await this.tell(seen, [])
  }

  async #factsOf(path: string, names: string[], gone: boolean): Promise<[string, Stats | null | string][]> {
    if (gone) return names.map((name) => [name, null])
    const found: [string, Stats | null | string][] = []
    let next = 0
    const lane = async () => {
      for (let at = next++; at < names.length; at = next++) {
        found.push([names[at]!, await factsOf(join(path, names[at]!))])
      }
    }
    const width = this.disk.isShared ? LANES.shared : LANES.local
    await Promise.all(Array.from({ length: width }, lane))
    return found
  }

  #isOld({ mtimeMs, ctimeMs }: Stats): boolean {
    const { beforeItCounts: before } = this
    return before !== null && !this.#watch.settings.existing && Math.max(mtimeMs, ctimeMs) < before.getTime()
  }

  #isDone(folder: string, { name, facts, mark }: { name: string; facts: Stats; mark: string }): boolean {
    if (!facts.isFile() || this.#isOld(facts)) return true
    return this.waiting.isQuiet(folder, name, mark, this.disk.isShared ? null : facts.mtimeMs)
  }

  /** A marker of an earlier version says nothing of this one. */
  async #isMarked(path: string, name: string, { mtimeMs }: Stats): Promise<boolean> {
    const marker = await factsOf(join(path, this.#marker!.of(name)))
    if (marker === null || typeof marker === 'string') return false
    return marker.mtimeMs >= Math.min(mtimeMs, Date.now())
  }

  #seen(folder: string, { name, facts, mark }: { name: string; facts: Stats; mark: string }): SeenFile {
    const isFile = facts.isFile()
    return {
      ...{ folder, name, mark, size: isFile ? facts.size : null, at: new Date(facts.mtimeMs) },
      ...(this.#isOld(facts) && { silent: true }),
      ...(!isFile && {
        ignored: facts.isSymbolicLink()
          ? 'It is a link, and links are not followed.'
          : 'It is no file but a device, a pipe or a socket.',
      }),
    }
  }
}
