import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import type { Db } from '#lib/db/client.ts'
import type { Watch } from '#lib/watches/find-watches.ts'
import { countKnown } from '#lib/watches/known-files.ts'
import { beginWatch, saveWatch, type WatchState } from '#lib/watches/watch-state.ts'
import type { Term } from '../leader.ts'
import { type Disk, diskOf, identityOf } from './file-facts.ts'
import { rootOf } from './watch-health.ts'

/** The folder of a watch: which one it is now, and whether it is the one of which files are known. */
export class WatchedRoot {
  /** Without links. */
  path = ''
  disk: Disk = { isShared: false, keepsInodes: true }
  /** It lies on another file system than the files that are known: they are not gone until one is seen. */
  isForeign = false
  readonly #watch: Watch
  readonly #db: Db
  readonly #term: Term
  #state: WatchState | null = null
  #identity: string | null = null

  constructor(watch: Watch, db: Db, term: Term) {
    this.#watch = watch
    this.#db = db
    this.#term = term
  }

  /** What lay there before is no event; null once all of that was looked at. */
  get beforeItCounts(): Date | null {
    return this.#state?.begunAt === null ? this.#state.countsFrom : null
  }

  /** Why it cannot be watched now, its facts where it is another than at the last check, or null. */
  async check(): Promise<string | Stats | null> {
    const facts = await rootOf(this.#watch)
    if (typeof facts === 'string') return facts
    const identity = identityOf(facts)
    if (this.#identity === identity) return null
    await this.#enter(facts)
    this.#identity = identity
    return facts
  }

  /** At the next check it counts as seen for the first time. */
  leave(): void {
    this.#identity = null
  }

  /** The folder is seen for the first time, again, or another one is in its place. */
  async #enter(facts: Stats): Promise<void> {
    const { triggerId, base, since } = this.#watch
    const state = await this.#term.transaction((tx) => beginWatch(tx, { triggerId, base, since }))
    this.#state = state
    this.path = await realpath(base)
    this.disk = await diskOf(this.path)
    const isSame = state.inode === null || state.inode === String(facts.ino)
    // A folder made anew in place of the old one lies on the same device; where a share is not mounted, on another.
    const isReplaced = !isSame && state.device === String(facts.dev)
    this.isForeign =
      !isSame && !isReplaced && this.beforeItCounts === null && (await countKnown(this.#db, triggerId)) > 0
    if (!this.isForeign) await this.#settle(facts)
  }

  /** After a look at everything, which found so many of the files that are known: whether it is theirs after all. */
  async recognize(same: number): Promise<boolean> {
    if (!this.isForeign) return false
    if (same === 0 && (await countKnown(this.#db, this.#watch.triggerId)) > 0) return false
    // The files it knew are there: the folder has only moved to another device.
    this.isForeign = false
    await this.#settle(await stat(this.path))
    return true
  }

  /** All that lay there was looked at. */
  async begin(): Promise<void> {
    if (this.#state === null || this.#state.begunAt !== null) return
    const begunAt = new Date()
    await this.#term.transaction((tx) => saveWatch(tx, this.#watch.triggerId, { begunAt }))
    this.#state = { ...this.#state, begunAt }
  }

  async #settle(facts: Pick<Stats, 'dev' | 'ino'>): Promise<void> {
    const [device, inode] = [String(facts.dev), String(facts.ino)]
    if (this.#state?.device === device && this.#state.inode === inode) return
    await this.#term.transaction((tx) => saveWatch(tx, this.#watch.triggerId, { device, inode }))
    this.#state = { ...this.#state!, device, inode }
  }
}
