import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Watch } from '#lib/watches/find-watches.ts'
import type { Health } from '#lib/watches/watch-state.ts'
import { whyOutside } from '../transfer/real-paths.ts'

/** Why a watch looks every few seconds although its folder is of this machine. */
const LIMIT =
  'The system’s limit of watched folders is reached, so that it looks every few seconds instead. Raise it: sysctl fs.inotify.max_user_watches=524288 (and max_user_instances=1024).'

/** Why nothing tells a watch of changes: it was asked not to, a share tells of nothing, or the system's limit. */
export type NoHints = 'asked' | 'shared' | 'limit' | null

/** The folder of a watch as it is now, or a sentence why it cannot be watched. */
export async function rootOf({ base, roots }: Pick<Watch, 'base' | 'roots'>): Promise<Stats | string> {
  const outside = await whyOutside({ type: 'local', root: base, path: '' }, roots)
  if (outside !== null) return outside
  try {
    const facts = await stat(base)
    return facts.isDirectory() ? facts : `${base} is no folder.`
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return `${base} is not there. Make the folder, or mount its share.`
    return `${base} cannot be looked at (${code}).`
  }
}

/** What a look at everything in the folder says of its watch. */
export function healthAfterLook(seen: {
  base: string
  /** It lies on another file system than the files that are known. */
  isForeign: boolean
  /** Files and folders that are there. */
  names: number
  away: ReadonlySet<string>
  /** Folders by path, each with the code of its error. */
  unreadable: ReadonlyMap<string, string>
  folders: number
  noHints: NoHints
}): { state: Health['state']; message: string } {
  const { base, isForeign, noHints, folders } = seen
  if (isForeign && seen.names === 0) {
    return {
      state: 'fail',
      message: `${base} is empty and lies on another file system than its files did. Is its share mounted? Until they are seen again none of them counts as removed.`,
    }
  }
  if (isForeign) {
    return {
      state: 'warn',
      message: `${base} lies on another file system than before and holds none of the files it did. New ones count; the others do not count as removed until one of them is seen again, or the template is switched off and on.`,
    }
  }
  const [away] = seen.away
  if (away !== undefined) {
    return {
      state: 'warn',
      message: `${join(base, away)} lies on another file system than before, without the files it held. Is its share mounted?`,
    }
  }
  const [unreadable] = seen.unreadable
  if (unreadable) {
    const [folder, code] = unreadable
    const more = seen.unreadable.size > 1 ? ` and ${seen.unreadable.size - 1} more` : ''
    return { state: 'warn', message: `${join(base, folder)}${more} cannot be read (${code}).` }
  }
  if (noHints === 'limit') return { state: 'warn', message: LIMIT }
  if (noHints !== null) return { state: 'ok', message: 'Looks at all files every few seconds.' }
  return { state: 'ok', message: folders === 1 ? 'Watches one folder.' : `Watches ${folders} folders.` }
}
