// Browser-safe. What an endpoint lies over, as fields that a person chooses from, and as the text that is kept.

export type Base = {
  endpointId: string
  /** Below the root of that endpoint; '' for all of it. */
  folder: string
}

/** One of several. `mode` is union's: written to, read only, or nothing new; `name` is combine's folder. */
export type Upstream = Base & { mode: '' | ':ro' | ':nc'; name: string }

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const BASE = new RegExp(`^endpoint:(${ID})(?:/(.*))?$`)
const UNION = new RegExp(`^endpoint:(${ID})(?:/([^:]*))?(:ro|:nc)?$`)
const COMBINE = new RegExp(`^([^=]*)=endpoint:(${ID})(?:/(.*))?$`)

export function readBase(value: string): Base | null {
  const found = BASE.exec(value)
  return found && { endpointId: found[1]!, folder: found[2] ?? '' }
}

/** '' while no endpoint is chosen. */
export function writeBase({ endpointId, folder }: Base): string {
  if (endpointId === '') return ''
  const below = folder.replace(/^\/+|\/+$/g, '')
  return below === '' ? `endpoint:${endpointId}` : `endpoint:${endpointId}/${below}`
}

/** One a line; lines that are none of ours are left out. */
export function readUpstreams(type: string, value: string): Upstream[] {
  return value.split('\n').flatMap((line): Upstream[] => {
    if (type === 'combine') {
      const found = COMBINE.exec(line.trim())
      return found ? [{ name: found[1]!, endpointId: found[2]!, folder: found[3] ?? '', mode: '' }] : []
    }
    const found = UNION.exec(line.trim())
    const mode = (found?.[3] ?? '') as Upstream['mode']
    return found ? [{ name: '', endpointId: found[1]!, folder: found[2] ?? '', mode }] : []
  })
}

export function writeUpstreams(type: string, upstreams: readonly Upstream[]): string {
  return upstreams
    .filter(({ endpointId }) => endpointId !== '')
    .map((one) => (type === 'combine' ? `${one.name.trim()}=${writeBase(one)}` : writeBase(one) + one.mode))
    .join('\n')
}
