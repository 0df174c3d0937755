import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { referencesIn } from '#lib/endpoints/references.ts'
import type { Stored, StoredPlace } from '#lib/endpoints/sides.ts'
import { tryLock } from '#lib/file-lock.ts'
import type { Slot } from '../rclone/slot.ts'
import { cacheIn } from '../rclone/slot-folder.ts'
import { remoteName } from '../secrets/place-opener.ts'

/**
 * The checksums that `hasher` works out, which outlast the rclone that did: one folder in here for each endpoint it lies
 * over. rclone keeps them in a file that one process has open at a time, and while one copies, no other gets at it
 * (docs/decisions/0025): so there is a file for each attempt that runs at once, and the first that is free is taken.
 */
export class Checksums {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'checksums')
  }

  /**
   * Puts those of an attempt's sides where the slot's rclone looks for them. It serves no other attempt then: only when
   * it has ended is it sure to have let go of them.
   */
  async lend(slot: Slot, sides: readonly Stored[]): Promise<void> {
    for (const base of new Set(sides.flatMap(basesOfHashers))) {
      slot.doubt()
      const { file, release } = await this.#takeFree(base)
      void slot.exited.then(release)
      const seen = join(cacheIn(slot.folder), 'kv')
      await mkdir(seen, { recursive: true })
      await symlink(file, join(seen, `${remoteName(base)}~hasher.bolt`))
    }
  }

  /** The endpoints of which there are some. */
  bases(): Promise<string[]> {
    return readdir(this.#folder).catch(() => [])
  }

  async forget(base: string): Promise<void> {
    await rm(join(this.#folder, base), { recursive: true, force: true })
  }

  async #takeFree(base: string): Promise<{ file: string; release(): void }> {
    const folder = join(this.#folder, base)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (let number = 0; ; number += 1) {
      const lock = tryLock(join(folder, `${number}.lock`))
      if (!lock) continue
      const file = join(folder, `${number}.bolt`)
      // rclone deletes an empty one that it finds, and that would be the link to it.
      if ((await stat(file).catch(() => null))?.size === 0) await rm(file)
      return { file, release: lock.release }
    }
  }
}

/** What rclone calls the checksums of each `hasher` of an endpoint by: what that lies over, seen through any alias. */
function basesOfHashers(stored: Stored): string[] {
  const byRow = new Map(stored.wrapped.map((place) => [place.row, place]))
  const below = ({ settings }: StoredPlace) => byRow.get(referencesIn(settings.remote ?? '')[0] ?? '')
  return [stored, ...stored.wrapped]
    .filter(({ type }) => type === 'hasher')
    .flatMap((hasher) => {
      let base = below(hasher)
      while (base?.type === 'alias') base = below(base)
      return base ? [base.row] : []
    })
}
