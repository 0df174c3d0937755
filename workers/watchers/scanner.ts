import type { Stats } from 'node:fs'
import { join } from 'node:path'
import type { Db } from '#lib/db/client.ts'
import { countKnown, knownFolders, knownIn } from '#lib/watches/known-files.ts'
import { namesIn, pathOf } from './file-facts.ts'
import type { Look, Looker } from './looker.ts'

/** Names read, looked at and looked up at a time. */
const PORTION = 1000

export type ScannerOptions = {
  db: Db
  looker: Looker
  triggerId: string
  recursive: boolean
  /** A folder was come upon: `moved` is one that lies on another device than it did. */
  found: (folder: string, facts: Stats) => 'known' | 'new' | 'moved'
  /** Called between two portions. */
  between: () => Promise<void>
}

/** Reads folders and finds what is new, changed or gone against what is known. */
export class Scanner {
  /** The folders there are, each with its device and inode. */
  readonly folders = new Map<string, string>()
  /** Those that could not be read at the last look, with the code of why. */
  readonly unreadable = new Map<string, string>()
  /** Those whose file system seems not to be mounted: nothing below them is gone. */
  readonly away = new Set<string>()
  readonly #options: ScannerOptions
  #root = ''
  #isStopped = false

  constructor(options: ScannerOptions) {
    this.#options = options
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Everything. Returns how many names there are, and how many files that were known in this very version. */
  async scanAll(root: string): Promise<{ names: number; same: number }> {
    this.#root = root
    this.unreadable.clear()
    const { db, triggerId } = this.#options
    const visited = new Set<string>()
    const sum = { names: 0, same: 0 }
    const queue = ['']
    for (let folder = queue.pop(); folder !== undefined && !this.#isStopped; folder = queue.pop()) {
      visited.add(folder)
      const { names, same, folders } = await this.#read(folder)
      sum.names += names
      sum.same += same
      queue.push(...folders)
    }
    if (this.#isStopped) return sum
    for (const folder of this.folders.keys()) if (!visited.has(folder)) this.folders.delete(folder)
    for (const folder of await knownFolders(db, triggerId)) {
      if (!visited.has(folder)) await this.#lookAgain(folder)
    }
    return sum
  }

  /** One folder, and those in it that were not known. */
  async scan(folder: string): Promise<void> {
    const queue = [folder]
    for (let next = queue.pop(); next !== undefined && !this.#isStopped; next = queue.pop()) {
      const known = new Set(this.folders.keys())
      const { folders } = await this.#read(next)
      queue.push(...folders.filter((one) => !known.has(one)))
    }
  }

  /** Folders among what was looked at, that are to be read: new ones. What was below a missing one is gone. */
  async comeUpon(folder: string, look: Look): Promise<string[]> {
    const { found, recursive, triggerId, db } = this.#options
    const fresh: string[] = []
    for (const { name, facts } of recursive ? look.folders : []) {
      const path = pathOf(folder, name)
      const is = found(path, facts)
      if (is === 'moved') this.away.add(path)
      if (is !== 'known') fresh.push(path)
    }
    for (const name of look.missing) {
      const path = pathOf(folder, name)
      if (!this.folders.has(path)) continue
      for (const other of [...this.folders.keys()]) {
        if (other === path || other.startsWith(`${path}/`)) this.folders.delete(other)
      }
      for (const below of await knownFolders(db, triggerId, path)) await this.#lookAgain(below)
    }
    return fresh
  }

  async #read(folder: string): Promise<{ names: number; same: number; folders: string[] }> {
    const { looker, between, recursive, db, triggerId } = this.#options
    const seen = new Set<string>()
    const folders: string[] = []
    let [known, same] = [0, 0]
    try {
      for await (const { names, odd } of namesIn(join(this.#root, folder), PORTION)) {
        for (const name of names) seen.add(name)
        for (const name of odd) seen.add(`/${name}`)
        if (odd.length > 0) await looker.tellOdd(folder, odd)
        known += odd.length
        const look = await looker.look(this.#root, folder, names, true)
        known += look.known
        same += look.same
        for (const { name, code } of look.unreadable) this.unreadable.set(pathOf(folder, name), code)
        await this.comeUpon(folder, look)
        if (recursive) folders.push(...look.folders.map(({ name }) => pathOf(folder, name)))
        await between()
        if (this.#isStopped) return { names: seen.size, same, folders: [] }
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined || !('syscall' in (error as object))) throw error
      // The root is checked apart, and whoever came upon this folder looks at its name again.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.unreadable.set(folder, code)
      return { names: 0, same, folders: [] }
    }
    if (same > 0) this.away.delete(folder)
    const written = await countKnown(db, triggerId, folder)
    if (this.#isAway(folder)) {
      if (written === 0) this.away.delete(folder)
      return { names: seen.size, same, folders }
    }
    if (written > known) await this.#lookForGone(folder, seen)
    return { names: seen.size, same, folders }
  }

  /** Whether this folder or one above it lost its file system. */
  #isAway(folder: string): boolean {
    return [...this.away].some((away) => folder === away || folder.startsWith(`${away}/`))
  }

  async #lookForGone(folder: string, seen: Set<string>): Promise<void> {
    const { db, triggerId, looker } = this.#options
    if (looker.keepsGone) return
    for await (const rows of knownIn(db, triggerId, folder, PORTION)) {
      const gone = rows.filter(({ name }) => !seen.has(name))
      await looker.tell(
        [],
        gone.filter(({ name }) => name.startsWith('/')),
      )
      const names = gone.filter(({ name }) => !name.startsWith('/')).map(({ name }) => name)
      // Looked at once more: it may have come after the folder was read.
      if (names.length > 0) await looker.look(this.#root, folder, names)
    }
  }

  /** A folder that files are known of was not come upon. */
  async #lookAgain(folder: string): Promise<void> {
    if (this.#isAway(folder)) return
    await this.#lookForGone(folder, new Set())
  }
}
