import { writeFile } from 'node:fs/promises'
import { posix } from 'node:path'
import type { FilePair } from '#lib/jobs/schema.ts'
import { standardPath } from './names.ts'
import { configOf, farPairs, hashesOf, isInside, type RcCall, toStorage } from './plan.ts'
import { fullPath, storageOf } from './remote.ts'
import type { TransferRequest } from './types.ts'

/** Fewer are named one by one: there is nothing to gain. */
const WORTH_IT = 20

/** Files that one call does, and the call, once `list` holds their names. */
export type Together = { call: RcCall; pairs: FilePair[]; names: string }

/**
 * Local files that keep their paths below one folder of the destination, of which rclone reads the names in a list: a
 * thousand renames take 86 ms, named one by one in four calls 240 (1.75.2, tmpfs). What it says nothing of, such as a
 * file that is gone, is to be named after all. Other storages take longer for each file than its name does.
 */
export async function planTogether(request: TransferRequest, pairs: readonly FilePair[], list: string) {
  const { source, destination, operation, group } = request
  const plans: Together[] = []
  if (source.type !== 'local' || destination.type !== 'local' || pairs.length < WORTH_IT) return plans
  const isFar = await farPairs(request, pairs)
  const groups = new Map<string, { below: string; far: boolean; pairs: FilePair[] }>()
  for (const [at, pair] of pairs.entries()) {
    const below = folderAbove(pair)
    if (below === null || !isListable(pair.source)) continue
    const far = isFar[at]!
    const known = groups.get(`${far} ${below}`)
    if (known) known.pairs.push(pair)
    else groups.set(`${far} ${below}`, { below, far, pairs: [pair] })
  }
  for (const { below, far, pairs: some } of groups.values()) {
    const to = { ...destination, path: posix.join(destination.path, below) }
    const [one, other] = [fullPath(source), fullPath(to)]
    // rclone moves nothing between folders of which one holds the other, whatever the list says.
    if (some.length < WORTH_IT || isInside(one, other) || isInside(other, one)) continue
    const params = {
      ...{ srcFs: { ...storageOf(source), ...hashesOf(request) }, dstFs: toStorage(request, to, far) },
      // As of named files: nothing is listed, and the times of folders are nobody's business.
      _config: { ...configOf(request), NoTraverse: true, NoUpdateDirModTime: true },
      ...{ _filter: { FilesFromRaw: [list] }, _group: group },
    }
    const names = some.map((pair) => `${standardPath(pair.source)}\n`).join('')
    plans.push({ call: { command: `sync/${operation}`, params }, pairs: some, names })
  }
  return plans
}

/** What stands before its path at the destination, '' or a folder; null where it gets another path. */
function folderAbove({ source, destination }: FilePair): string | null {
  if (destination === source) return ''
  return destination.endsWith(`/${source}`) ? destination.slice(0, -source.length - 1) : null
}

/** Whether a line of a list may name it; rclone drops what looks like a line's end. */
function isListable(path: string): boolean {
  return path.isWellFormed() && !path.includes('\ufffd') && !/[\r\n]/.test(path)
}

/** False where the disk would not have it. */
export async function writeList(list: string, names: string): Promise<boolean> {
  try {
    await writeFile(list, names, { mode: 0o600 })
    return true
  } catch {
    return false
  }
}
