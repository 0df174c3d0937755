import { isInside } from '#lib/endpoints/inside-roots.ts'
import type { GivenSettings } from '#lib/endpoints/schema.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { byDependency } from './by-dependency.ts'
import type { ReadRemote } from './protocol.ts'
import { readSpec, readUpstreamList } from './remote-spec.ts'
import type { ImportChoice, ImportItem } from './schema.ts'

/** An endpoint that is there already. */
export type Existing = { id: string; name: string; type: string; path: string }

export type PlannedItem = Omit<ImportItem, 'secrets'> & {
  /** The row it becomes. */
  id: string
  settings: GivenSettings
  /** Sealed for that row already. */
  secrets: Record<string, string>
  limits: { bandwidth?: string; transfers?: number }
  /** Rows of the items that it lies over. */
  needs: string[]
}

export type PlanOptions = {
  remotes: readonly ReadRemote[]
  existing: readonly Existing[]
  choices: Readonly<Record<string, ImportChoice>>
  only: readonly string[] | undefined
  roots: readonly string[] | null
  newId: () => string
}

/**
 * What each remote of a file becomes, those that others lie over first. Nothing is checked here that the making of an
 * endpoint checks; what stands in the way already is among `problems`.
 */
export function planRemotes(options: PlanOptions): PlannedItem[] {
  const items = options.remotes.map((remote) => startItem(remote, options))
  nameThem(items, options.existing)
  const folders: PlannedItem[] = []
  for (const item of items) if (item.action !== 'skip') lieOver(item, items, folders, options)
  nameThem(folders, [...options.existing, ...items.filter(({ action }) => action !== 'skip')])
  return byDependency([...folders, ...items])
}

function startItem(remote: ReadRemote, { choices, only }: PlanOptions): PlannedItem {
  const choice = Object.hasOwn(choices, remote.name) ? choices[remote.name]! : undefined
  const skipped = only && !only.includes(remote.name)
  const given = choice?.settings ?? {}
  const settings = Object.fromEntries(Object.entries(remote.settings).filter(([name]) => !(name in given)))
  const secrets = Object.fromEntries(Object.entries(remote.secrets).filter(([name]) => !(name in given)))
  const { bandwidth, transfers } = remote.own
  const type = remote.type
  const folder = type === 'alias' && settings.remote?.startsWith('/') ? settings.remote : null
  return {
    ...{ id: remote.row, remote: remote.name, name: choice?.name ?? remote.own.name ?? remote.name },
    // An alias of a folder of this machine is what we call a local endpoint; rclone's own `local` has no root.
    type: folder === null ? type : 'local',
    path: choice?.path ?? folder ?? remote.own.path ?? '',
    action: skipped ? 'skip' : (choice?.action ?? 'create'),
    ...{ liesOver: [], needs: [], leftOut: remote.leftOut, clash: null, secrets },
    settings: folder === null ? { ...settings, ...given } : {},
    limits: { ...(bandwidth && { bandwidth }), ...(transfers && { transfers: Number(transfers) }) },
    problems: [
      ...(type === '' ? [{ path: 'type', message: 'It has no type, so it is no storage.' }] : []),
      ...(type === 'local' && !choice?.path ? [NO_FOLDER] : []),
      ...(remote.problem ? [{ path: 'settings', message: remote.problem }] : []),
    ],
  }
}

const NO_FOLDER = {
  path: 'path',
  message: 'Give its folder, an absolute one: a remote of type local has none of its own.',
}

/** Two of one name, by any case, are one too many: an endpoint that is there, or another of the file. */
function nameThem(
  items: PlannedItem[],
  existing: readonly { id: string; name: string; type?: string }[],
): void {
  const active = items.filter(({ action }) => action !== 'skip')
  const taken = new Map(existing.map((one) => [one.name.toLowerCase(), one]))
  const used = new Set([...taken.keys(), ...items.map(({ name }) => name.toLowerCase())])
  const seen = new Set<string>()
  for (const item of active) {
    const name = item.name.toLowerCase()
    const there = taken.get(name)
    const replaces = item.action === 'replace' && there?.id === item.id
    if (item.action === 'replace' && !there) {
      item.problems.push({ path: 'name', message: `There is no endpoint "${item.name}" to replace.` })
    } else if (replaces && there?.type !== item.type) {
      const message = `"${item.name}" is of another kind (${there?.type}); choose another name.`
      item.problems.push({ path: 'name', message })
    } else if ((there && !replaces) || seen.has(name)) {
      const suggestion = freeName(item.name, used)
      used.add(suggestion.toLowerCase())
      const mayReplace = there !== undefined && !seen.has(name) && there.type === item.type
      item.clash = { endpointId: there?.id ?? null, suggestion, mayReplace }
      const who = there
        ? 'An endpoint of this name exists already'
        : 'Another remote of the file has this name'
      const message = `${who}. ${mayReplace ? 'Rename it, replace that one, or skip it.' : 'Rename it or skip it.'}`
      item.problems.push({ path: 'name', message, value: suggestion })
    }
    seen.add(name)
  }
}

function freeName(name: string, used: ReadonlySet<string>): string {
  for (let number = 2; ; number += 1) {
    const tried = `${name.slice(0, 90)} ${number}`
    if (!used.has(tried.toLowerCase())) return tried
  }
}

/** Writes references to endpoints in place of the names of remotes. */
function lieOver(
  item: PlannedItem,
  items: PlannedItem[],
  folders: PlannedItem[],
  options: PlanOptions,
): void {
  if (item.type === 'local') return
  const refer = (text: string) => {
    const found = referTo(text, item, items, folders, options)
    if (typeof found === 'string') return found
    item.problems.push(found)
    return text
  }
  const { remote, upstreams } = item.settings
  // What a person gave names endpoints already; in the file `endpoint` is a name like any other.
  const given = (Object.hasOwn(options.choices, item.remote) && options.choices[item.remote]!.settings) || {}
  if (typeof remote === 'string' && !('remote' in given)) item.settings.remote = refer(remote)
  if (typeof upstreams === 'string' && !('upstreams' in given)) {
    const lines = readUpstreamList(item.type, upstreams)
    item.settings.upstreams = lines.map((one) => one.before + refer(one.remote) + one.after).join('\n')
  }
}

function referTo(
  text: string,
  item: PlannedItem,
  items: PlannedItem[],
  folders: PlannedItem[],
  options: PlanOptions,
): string | FieldIssue {
  const spec = readSpec(text)
  const problem = (message: string): FieldIssue => ({ path: 'settings.remote', message })
  if (spec.kind === 'refused') return problem(spec.why)
  if (spec.kind === 'folder') return referToFolder(spec.path, item, items, folders, options)
  const inFile = items.find(({ remote }) => remote === spec.name)
  if (
    inFile?.type === 'local' &&
    !options.remotes.some((one) => one.name === spec.name && one.type === 'alias')
  ) {
    // rclone's `local` has no root of its own: `disk:/srv/x` is the folder /srv/x.
    if (!spec.path.startsWith('/')) return problem(`It lies over "${text.slice(0, 80)}", no absolute folder.`)
    return referToFolder(spec.path, item, items, folders, options)
  }
  const base = inFile && inFile.action !== 'skip' ? inFile : existingNamed(spec.name, options.existing)
  if (!base) {
    return problem(
      inFile
        ? `It lies over "${spec.name}", which is not imported. Take that too, or skip this one.`
        : `It lies over "${spec.name}", which the file does not have.`,
    )
  }
  const below = belowRoot(base, spec.path)
  if (below === null)
    return problem(`It lies over ${text.slice(0, 80)}, outside the folder of "${base.name}".`)
  note(item, base)
  return `endpoint:${base.id}${below === '' ? '' : `/${below}`}`
}

/** The path below an endpoint's root, or null; for a local one, its alias already ends at the root. */
function belowRoot(base: Existing | PlannedItem, path: string): string | null {
  if (base.type === 'local') return path.replace(/^\/+|\/+$/g, '')
  const absolute = ['sftp', 'ftp', 'hdfs'].includes(base.type) && path.startsWith('/')
  const clean = `${absolute ? '/' : ''}${path.replace(/^\/+|\/+$/g, '')}`
  if (base.path === '') return clean === '/' ? '/' : clean
  if (clean === base.path) return ''
  const start = base.path.endsWith('/') ? base.path : `${base.path}/`
  return clean.startsWith(start) ? clean.slice(start.length) : null
}

/** Through a local endpoint that has the folder, the nearest; one is made where there is none. */
function referToFolder(
  path: string,
  item: PlannedItem,
  items: PlannedItem[],
  folders: PlannedItem[],
  options: PlanOptions,
): string | FieldIssue {
  const folder = `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`
  const coming = [...items.filter(({ action }) => action !== 'skip'), ...folders]
  const [nearest] = [...coming, ...options.existing]
    .filter((one) => one.type === 'local' && one.path.startsWith('/') && isInside(folder, [one.path]))
    .sort((a, b) => b.path.length - a.path.length)
  if (nearest) {
    note(item, nearest)
    const below = folder.slice(nearest.path === '/' ? 1 : nearest.path.length + 1)
    return `endpoint:${nearest.id}${below === '' ? '' : `/${below}`}`
  }
  if (folder.includes('/..') || !isInside(folder, options.roots ?? [])) {
    const allowed = options.roots?.length ? `: ${options.roots.join(', ')}` : '; none is allowed yet'
    const message = `It lies over the folder ${folder}, outside those that are allowed${allowed}.`
    return { path: 'settings.remote', message }
  }
  const made: PlannedItem = {
    ...{ id: options.newId(), remote: folder, name: `${item.name.slice(0, 80)} folder`, type: 'local' },
    ...{ path: folder, action: 'create', liesOver: [], needs: [], leftOut: [], clash: null },
    ...{ settings: {}, secrets: {}, limits: {}, problems: [] },
  }
  folders.push(made)
  note(item, made)
  return `endpoint:${made.id}`
}

function note(item: PlannedItem, base: Existing | PlannedItem): void {
  item.liesOver.push(base.name)
  if ('remote' in base) item.needs.push(base.id)
}

function existingNamed(name: string, existing: readonly Existing[]): Existing | undefined {
  return existing.find((one) => one.name.toLowerCase() === name.toLowerCase())
}
