import { canonicalHost } from './hosts.ts'
import { addressOf } from './kinds/kind.ts'
import { folderOf, referencesIn } from './references.ts'
import type { Stored, StoredPlace } from './sides.ts'

// Where an endpoint's files lie in the end, so that one folder is known by two endpoints of it. rclone compares what two
// sides are called: a move between two names of one folder finds each file "already there", and deletes it.

/** A folder in a storage. */
export type Where = {
  /** Two with the same are one storage. */
  storage: string
  /** Without "/" at either end. */
  path: string
  /** Somewhere at or below the path; where exactly cannot be told, since names are encrypted. */
  within: boolean
  /** The folder of this machine that it is. */
  local?: { root: string; path: string }
}

/** What a path below a `crypt` is called in what it lies over; undefined where that is not known. */
export type Encoded = (crypt: StoredPlace, path: string) => string | undefined

type Looking = { bases: ReadonlyMap<string, StoredPlace>; agent: string; encoded: Encoded }

/**
 * The folders that `below` of an endpoint is, by each name it has: its own first, then those of what it lies over. One
 * list for each folder: an endpoint over several has several.
 */
export function whereOf(
  stored: Stored,
  below: string,
  agent = '',
  encoded: Encoded = () => undefined,
): Where[][] {
  const bases = new Map(stored.wrapped.map((base) => [base.row, base]))
  return waysOf(stored, below, false, { bases, agent, encoded }, 0)
}

/**
 * Whether an endpoint with other settings leads to another storage or folder, as far as they tell; other keys, limits or
 * regions do not. Of the kinds that events come from they always do.
 */
export function leadsElsewhere(before: StoredPlace, after: StoredPlace): boolean {
  const led = [before, after].map((place) => {
    const ways = whereOf({ ...place, wrapped: [] }, '')
    return JSON.stringify(ways.map((way) => way.slice(1).map(({ storage, path }) => [storage, path])))
  })
  return led[0] !== led[1]
}

/** A circle is refused long before; this ends one all the same. */
const DEEPEST = 16

function waysOf(
  place: StoredPlace,
  below: string,
  within: boolean,
  looking: Looking,
  depth: number,
): Where[][] {
  const whole = joined(place.root, below)
  const inRoot = joined(below)
  const own: Where = { storage: `endpoint ${place.row}`, path: inRoot, within }
  const deeper = (reference: string, rest: string, hidden: boolean): Where[][] => {
    const [id] = referencesIn(reference)
    const base = id === undefined ? undefined : looking.bases.get(id)
    if (!base || depth > DEEPEST) return [[own]]
    const path = joined(folderOf(reference), rest)
    return waysOf(base, path, within || hidden, looking, depth + 1).map((way) => [own, ...way])
  }
  const { remote = '', upstreams = '' } = place.settings
  const lines = upstreams.split('\n').filter((line) => line.trim() !== '')
  if (place.type === 'combine') {
    const [first = '', ...rest] = whole.split('/')
    const entries = lines.map((line) => [line.trimStart().split('=', 1)[0], line] as const)
    if (first === '') return entries.flatMap(([, line]) => deeper(line, '', false))
    const chosen = entries.filter(([name]) => name === first)
    return chosen.length === 0 ? [[own]] : chosen.flatMap(([, line]) => deeper(line, rest.join('/'), false))
  }
  if (lines.length > 0) return lines.flatMap((line) => deeper(line, whole, false))
  if (referencesIn(remote).length === 0) return [[own, ...known(place, whole, within, inRoot, looking.agent)]]
  // Which folder below it an encrypted name is, only its password tells.
  const hides = place.type === 'crypt' && whole !== '' && !namesAreClear(place.settings)
  const written = hides ? looking.encoded(place, whole) : whole
  return deeper(remote, written ?? '', written === undefined)
}

function namesAreClear(settings: Record<string, string>): boolean {
  return settings.directory_name_encryption === 'false' || settings.filename_encryption === 'off'
}

/** A storage of its own, as far as its settings tell which it is. */
function known(place: StoredPlace, whole: string, within: boolean, inRoot: string, agent: string): Where[] {
  const named = storageOf(place, whole, agent)
  if (!named) return []
  const { type, root } = place
  return [{ ...named, within, ...(type === 'local' && { local: { root, path: inRoot } }) }]
}

/** Region and keys do not make another bucket; another user of an SSH server may be shown another "/". */
function storageOf(
  { type, settings, root }: StoredPlace,
  whole: string,
  agent: string,
): { storage: string; path: string } | null {
  const { host = '', user = '', url, endpoint = '', account = '' } = settings
  const at = (port: string) => `${canonicalHost(host)}:${settings.port || port}`
  switch (type) {
    case 'local':
      return { storage: `local ${agent}`, path: whole }
    case 'sftp':
    case 'ftp': {
      const from = root.startsWith('/') ? '/' : 'home'
      const port = type === 'sftp' ? '22' : settings.tls === 'true' ? '990' : '21'
      return { storage: `${type} ${at(port)} ${user} ${from}`, path: whole }
    }
    case 'smb':
      // Shares and folders of Windows are one in any case of their letters.
      return { storage: `smb ${at('445')}`, path: whole.toLowerCase() }
    case 's3': {
      const address = addressOf(endpoint)
      // Whatever provider is named: a bucket of Amazon's has one name in the world.
      const isAmazons = address ? /(^|\.)amazonaws\.com$/.test(address.host) : settings.provider === 'AWS'
      const where = address
        ? `${canonicalHost(address.host)}:${address.port}`
        : `${settings.provider ?? ''} ${endpoint}`
      return { storage: `s3 ${isAmazons ? 'aws' : where}`, path: whole }
    }
    case 'webdav': {
      const address = addressOf(url)
      if (!address) return null
      const folder = joined(decoded(URL.parse(url ?? '')?.pathname ?? ''))
      return {
        storage: `webdav ${canonicalHost(address.host)}:${address.port} ${user}`,
        path: joined(folder, whole),
      }
    }
    case 'google cloud storage':
      return { storage: type, path: whole }
    case 'azureblob':
    case 'b2':
      return account ? { storage: `${type} ${account}`, path: whole } : null
    default:
      return null
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** A part of a path that is empty or ".". */
const VOID_PART = /(?:^|\/)\.?(?:\/|$)/

function joined(first: string, second = ''): string {
  const whole = first && second ? `${first}/${second}` : first || second
  // Asked of each of thousands of files, of which hardly any has such a part.
  if (!VOID_PART.test(whole)) return whole
  const parts = whole.split('/').filter((part) => part !== '' && part !== '.')
  return parts.join('/')
}
