import type { Stats } from 'node:fs'
import { join, relative } from 'node:path'
import type { Db } from '#lib/db/client.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import type { Watch } from '#lib/watches/find-watches.ts'
import { WatchOverError } from '#lib/watches/tell-files.ts'
import { LeadLostError, type Term } from '../leader.ts'
import { identityOf } from './file-facts.ts'
import { Hinted } from './hinted.ts'
import { Hints } from './hints.ts'
import { Looker } from './looker.ts'
import { Scanner } from './scanner.ts'
import { onHint } from './storm.ts'
import { healthAfterLook, type NoHints } from './watch-health.ts'
import { WatchReport } from './watch-report.ts'
import { WatchedRoot } from './watched-root.ts'

/** The folder itself: whether it is there, and still the same one. */
const ROOT_EVERY_MS = 2000
/** Everything, so that what no hint told of is found. Longer where it takes long: a thirtieth of the time at most. */
const ALL_EVERY_MS = 3 * 60_000
const ALL_SHARE = 30
/** The same where there are no hints. */
const POLL_EVERY_MS = 5000
const POLL_SHARE = 4
const RETRY_MS = 2000
/** Looked at in one go between two portions of a scan. */
const AT_ONCE = 500
const CLOSE_WITHIN_MS = 2000

/** Watches one folder for one trigger: hints say where to look, looking says what is there. */
export class FolderWatch {
  readonly watch: Watch
  readonly #root: WatchedRoot
  readonly #report: WatchReport
  readonly #looker: Looker
  readonly #scanner: Scanner
  readonly #hinted = new Hinted()
  #hints: Hints | null = null
  #noHints: NoHints = null
  #rootAt = 0
  #allAt = 0
  #isClosed = false
  #wake: () => void = () => {}
  #sleepsUntil = 0
  #running: Promise<void> = Promise.resolve()

  constructor(watch: Watch, db: Db, term: Term) {
    this.watch = watch
    this.#root = new WatchedRoot(watch, db, term)
    this.#report = new WatchReport(watch, term)
    this.#looker = new Looker(watch, db, term)
    this.#scanner = new Scanner({
      db,
      looker: this.#looker,
      triggerId: watch.triggerId,
      recursive: watch.settings.recursive,
      found: (folder, facts) => this.#found(folder, facts),
      between: () => this.#attend(),
    })
  }

  start(): void {
    this.#report.start()
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#scanner.stop()
    this.#report.close()
    this.#wake()
    // A call that hangs in the kernel is left there; what it finds is not told any more.
    await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS))])
    await this.#hints?.close()
  }

  /** Hints may have been lost: nothing but a look at everything tells. */
  lookAtAll(): void {
    this.#allAt = 0
    this.#wake()
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#round()
        this.#report.rest()
        await this.#sleep(
          Math.min(this.#rootAt, this.#allAt, this.#hinted.nextAt, this.#looker.waiting.nextAt),
        )
      } catch (error) {
        // Whoever keeps the watches ends this one, or begins it anew.
        if (this.#isClosed || error instanceof LeadLostError || error instanceof WatchOverError) return
        await this.#trouble(error)
        this.#rootAt = 0
        await this.#sleep(performance.now() + RETRY_MS, false)
      }
      this.#report.progress()
    }
  }

  async #round(): Promise<void> {
    if (performance.now() >= this.#rootAt) {
      const why = await this.#checkRoot()
      this.#rootAt = performance.now() + ROOT_EVERY_MS
      if (why !== null) {
        this.#root.leave()
        await this.#dropHints()
        this.#looker.waiting.clear()
        this.#allAt = Number.POSITIVE_INFINITY
        return this.#report.say('fail', why)
      }
    }
    if (this.#looker.waiting.takeTooMany()) {
      const inWindow = performance.now() + this.watch.settings.readyAfterSeconds * 1000 + 500
      this.#allAt = Math.min(this.#allAt, inWindow)
    }
    if (performance.now() >= this.#allAt) await this.#lookAtAll()
    for (const folder of this.#hinted.dueFolders()) {
      const began = performance.now()
      await this.#scanner.scan(folder)
      // One that takes long and changes all the time must not be all that is done.
      this.#hinted.scanned(folder, performance.now() - began)
    }
    await this.#attend()
  }

  /** Why it cannot be watched now, or null. Notices another folder in its place. */
  async #checkRoot(): Promise<string | null> {
    const found = await this.#root.check()
    if (typeof found === 'string') return found
    if (found !== null) await this.#enter(found)
    return null
  }

  async #enter(facts: Stats): Promise<void> {
    const { polling } = this.watch.settings
    const { disk, beforeItCounts } = this.#root
    this.#looker.disk = disk
    this.#looker.waiting.clear()
    this.#looker.beforeItCounts = beforeItCounts
    this.#noHints = polling ? 'asked' : disk.isShared && polling !== false ? 'shared' : null
    await this.#dropHints()
    if (this.#noHints === null) {
      this.#hints = new Hints({
        onHint: (folder, name) => this.#hint(folder, name),
        onError: (error) => void this.#hintsFailed(error),
      })
    }
    this.#found('', facts)
    this.#allAt = 0
  }

  async #lookAtAll(): Promise<void> {
    const began = performance.now()
    // Meanwhile it may be asked for again.
    this.#allAt = Number.POSITIVE_INFINITY
    this.#looker.keepsGone = this.#root.isForeign
    const seen = await this.#scanner.scanAll(this.#root.path)
    if (this.#isClosed) return
    if (await this.#root.recognize(seen.same)) this.#allAt = 0
    await this.#root.begin()
    this.#looker.beforeItCounts = null
    const took = performance.now() - began
    const isPolled = this.#hints === null
    const wait = isPolled
      ? Math.max(POLL_EVERY_MS, POLL_SHARE * took)
      : Math.max(ALL_EVERY_MS, ALL_SHARE * took)
    this.#allAt = Math.min(this.#allAt, performance.now() + wait)
    const { state: grade, message } = healthAfterLook({
      base: this.watch.base,
      names: seen.names,
      isForeign: this.#root.isForeign,
      noHints: this.#noHints,
      away: this.#scanner.away,
      unreadable: this.#scanner.unreadable,
      folders: this.#scanner.folders.size,
    })
    await this.#report.say(grade, message)
  }

  /** A folder was come upon: new, known, or another one of the same name. */
  #found(folder: string, facts: Stats): 'known' | 'new' | 'moved' {
    const path = join(this.#root.path, folder)
    const before = this.#scanner.folders.get(folder)
    const identity = identityOf(facts)
    if (before === identity) return 'known'
    if (this.#hints?.follows(path)) this.#letGo(folder, path)
    this.#scanner.folders.set(folder, identity)
    this.#hints?.follow(path)
    // Between this moment and the first that is heard of, something may come that nobody tells of.
    if (this.#hints) this.#hinted.folder(folder, 1000)
    return before !== undefined && before.split(':')[0] !== identity.split(':')[0] ? 'moved' : 'new'
  }

  /**
   * Another folder stands there than was followed, or the same one again: that is followed from its beginning, and all
   * below it are come upon anew. chokidar sees such an exchange too, but on a busy machine it misses what comes after.
   */
  #letGo(folder: string, path: string): void {
    for (const other of [...this.#scanner.folders.keys()]) {
      if (other.startsWith(`${folder}/`)) this.#scanner.folders.delete(other)
    }
    this.#hints?.unfollow(path)
  }

  /** What came meanwhile, so that no file waits for the end of a long scan. */
  async #attend(): Promise<void> {
    this.#report.progress()
    while (!this.#isClosed) {
      const names = this.#looker.waiting.due(AT_ONCE)
      for (const [folder, hinted] of this.#hinted.takeNames(AT_ONCE)) {
        names.set(folder, [...new Set([...(names.get(folder) ?? []), ...hinted])])
      }
      if (names.size === 0) return
      for (const [folder, some] of names) await this.#lookAt(folder, some)
      this.#report.progress()
    }
  }

  async #lookAt(folder: string, names: string[]): Promise<void> {
    const look = await this.#looker.look(this.#root.path, folder, names)
    for (const name of look.marked) this.#hinted.name(folder, name)
    if (look.lookAround) this.#hinted.folder(folder)
    if (look.isElsewhere) this.#rootAt = this.#allAt = 0
    for (const found of await this.#scanner.comeUpon(folder, look)) this.#hinted.folder(found)
  }

  #hint(path: string, name: string | null): void {
    onHint()
    const folder = relative(this.#root.path, path)
    if (folder.startsWith('..')) {
      this.#rootAt = 0
      this.#wake()
    } else if (name === null) this.#wakeAt(this.#hinted.folder(folder))
    else if (this.#looker.waiting.has(folder === '' ? name : `${folder}/${name}`)) return
    else if (!name.isWellFormed() || name.includes('�')) this.#wakeAt(this.#hinted.folder(folder))
    else this.#wakeAt(this.#hinted.name(folder, name))
  }

  /** Where it would sleep longer: to sleep anew, until then. */
  #wakeAt(at: number): void {
    if (at < this.#sleepsUntil) this.#wake()
  }

  async #hintsFailed(error: NodeJS.ErrnoException): Promise<void> {
    if (error.code !== 'ENOSPC' && error.code !== 'EMFILE') {
      log.warn({ watch: this.watch.template, err: error.message }, 'a watch was told of an error')
      return this.lookAtAll()
    }
    if (this.#noHints !== null) return
    this.#noHints = 'limit'
    await this.#dropHints()
    this.lookAtAll()
  }

  async #dropHints(): Promise<void> {
    const hints = this.#hints
    this.#hints = null
    this.#scanner.folders.clear()
    this.#hinted.clear()
    await hints?.close()
  }

  async #trouble(error: unknown): Promise<void> {
    const message = messageOf(error)
    log.warn({ watch: this.watch.template, err: message }, 'a watch could not look')
    this.#root.leave()
    if (databaseTrouble(error) === null) await this.#report.say('fail', message).catch(() => {})
  }

  async #sleep(until: number, canWake = true): Promise<void> {
    if (this.#isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const now = performance.now()
    this.#sleepsUntil = Math.min(until, now + ROOT_EVERY_MS)
    const wait = Math.max(0, Math.ceil(this.#sleepsUntil - now))
    const timer = setTimeout(resolve, wait)
    this.#wake = () => (canWake || this.#isClosed) && resolve()
    await promise
    clearTimeout(timer)
    this.#wake = () => {}
  }
}
