import { isAlwaysSecret } from '#lib/backends/option-rules.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { replaceReferences } from '#lib/endpoints/references.ts'
import { endpointSecret } from '#lib/endpoints/seal-settings.ts'
import { isSecretReference } from '#lib/endpoints/secret-references.ts'
import type { Stored, StoredPlace } from '#lib/endpoints/sides.ts'
import { whyNotOver } from '#lib/endpoints/why-not-over.ts'
import { UnavailableError } from '#lib/errors.ts'
import { isId } from '#lib/parse.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { open } from '#lib/secrets/seal.ts'
import { whySettingsClosed } from '../endpoints/closed-hosts.ts'
import { standardPath } from '../rclone/names.ts'
import type { Providers } from '../rclone/providers.ts'
import { whyRefusedHere } from '../rclone/refused-here.ts'
import { fullPath, LOCAL } from '../rclone/remote.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import { localBasesAt } from './local-bases.ts'
import { readReference, type SecretSource } from './secret-sources.ts'
import type { OpenedToken, TokenKeeper } from './token-keeper.ts'

/** A place ready for rclone. `secrets` are what must not be seen in anything that is told of it. */
export type OpenedPlace = {
  place: Place
  secrets: string[]
  /** What its path is in local folders that it lies over, in the end: that has to be inside the roots as well. */
  localBases: Place[]
  /** The same of another path of its endpoint. */
  localBasesAt(path: string): Promise<Place[]>
  /** Of it and of what it lies over, where rclone may refresh them. */
  tokens: OpenedToken[]
}

/** Opens what endpoints keep sealed, for one attempt or question on one slot, and puts it into rclone's own form. */
export class PlaceOpener {
  readonly #ring: KeyRing | null
  readonly #sources: Record<string, SecretSource>
  readonly #providers: Providers
  readonly #keeper: TokenKeeper

  constructor(
    ring: KeyRing | null,
    sources: Record<string, SecretSource>,
    providers: Providers,
    keeper: TokenKeeper,
  ) {
    this.#keeper = keeper
    this.#ring = ring
    this.#sources = sources
    this.#providers = providers
  }

  /**
   * The place at `path` of an endpoint. What it lies over becomes a remote of the slot, which forgets it at its reset.
   * Throws UnavailableError with what to do when a secret cannot be had.
   */
  async open(slot: Slot, stored: Stored & { path: string }): Promise<OpenedPlace> {
    const secrets: string[] = []
    const crypts = new Map<string, Record<string, string>>()
    const tokens: OpenedToken[] = []
    const bases = new Map(stored.wrapped.map((base) => [base.row, base]))
    for (const base of stored.wrapped) {
      if (base.deleted) throw new UnavailableError('An endpoint that it lies over was deleted.')
      const settings = await this.#allowed(slot, base, secrets, remoteOf(bases))
      tokens.push(...(await this.#tokens(slot, base, settings)))
      await slot.remotes.define(remoteName(base.row), base.type, settings)
      if (base.type === 'crypt') crypts.set(base.row, settings)
    }
    const settings = await this.#allowed(slot, stored, secrets, remoteOf(bases))
    if (stored.type === 'crypt') crypts.set(stored.row, settings)
    const basesAt = (below: string) => localBasesAt(slot, stored, below, crypts)
    const { type, root, path } = stored
    const place: Place = { type, root, path, ...(type !== 'local' && { settings }) }
    const own = await this.#tokens(slot, stored, settings)
    // Given as an object, a storage keeps what it refreshes where nobody can read it.
    if (settings.token && this.#providers.refreshes(type)) {
      place.remote = remoteName(stored.row)
      await slot.remotes.define(place.remote, type, settings)
    }
    const localBases = await basesAt(path)
    return { place, secrets, localBases, localBasesAt: basesAt, tokens: [...tokens, ...own] }
  }

  /** Its settings, when no host in them is closed: what is sealed may name one as well. */
  async #allowed(
    slot: Slot,
    stored: StoredPlace,
    secrets: string[],
    remote: (id: string) => string,
  ): Promise<Record<string, string>> {
    const settings = await this.settings(slot, stored, secrets, remote)
    const closed = await whySettingsClosed({ ...stored, settings: unlike(stored.settings, settings) })
    if (closed) throw new UnavailableError(closed)
    return settings
  }

  /** The token that rclone may refresh, as new as it is known here; none where there is no row to keep it in. */
  async #tokens(
    slot: Slot,
    { type, row, secrets }: StoredPlace,
    settings: Record<string, string>,
  ): Promise<OpenedToken[]> {
    const { token: sealed } = secrets
    if (!sealed || !isId(row) || !this.#providers.refreshes(type)) return []
    const token = { row, remote: remoteName(row), sealed, clear: settings.token! }
    await this.#keeper.begin(slot, token)
    settings.token = token.clear
    return [token]
  }

  /**
   * All settings of an endpoint as rclone takes them, secrets opened and added to `secrets`; `remote` says how a
   * reference to another endpoint is written. Throws UnavailableError with what to do when a secret cannot be had.
   */
  async settings(
    slot: Slot,
    stored: Pick<StoredPlace, 'type' | 'row' | 'settings' | 'secrets'>,
    secrets: string[],
    remote: (id: string) => string,
  ): Promise<Record<string, string>> {
    const { type, row } = stored
    if (type === 'local') return { ...LOCAL }
    const [issue] = whyNotOver(type, stored.settings)
    if (issue) throw new UnavailableError(issue.message)
    const passwords = this.#providers.passwords(type)
    const opened: Record<string, string> = {}
    for (const option of [...Object.keys(stored.settings), ...Object.keys(stored.secrets)]) {
      const refused = whyRefusedHere(type, option)
      if (refused) throw new UnavailableError(`${option} is not taken any more: ${refused}`)
    }
    for (const [option, value] of Object.entries(stored.settings)) {
      if (!isSecretReference(value)) opened[option] = listed(option, type, replaceReferences(value, remote))
      else opened[option] = await readReference(this.#sources, value)
    }
    if (type === 'sftp' && !stored.settings.host_keys) {
      throw new UnavailableError('No host key of the server was accepted. Accept it in the endpoint.')
    }
    for (const [option, sealed] of Object.entries(stored.secrets)) {
      if (!this.#ring) {
        throw new UnavailableError(
          'This worker was given no FILE_ORBIT_SECRET_KEY, so it cannot open the secrets of the endpoint.',
        )
      }
      opened[option] = await open(this.#ring, endpointSecret(row, option), sealed)
    }
    const hidden = Object.keys(opened).filter((option) => {
      const isReference = isSecretReference(stored.settings[option] ?? '')
      return option in stored.secrets || isReference || isAlwaysSecret(option)
    })
    secrets.push(...hidden.flatMap((option) => [opened[option]!, ...partsOf(option, opened[option]!)]))
    const settings = kindOf(type).toRclone?.(opened) ?? opened
    for (const option of Object.keys(settings).filter((name) => passwords.has(name))) {
      const { obscured } = await slot.call<{ obscured: string }>('core/obscure', { clear: settings[option] })
      settings[option] = obscured
      secrets.push(obscured)
    }
    return settings
  }
}

/** What is told of a secret in parts: rclone's errors never hold a token whole, nor a list of headers. */
function partsOf(option: string, secret: string): string[] {
  if (option === 'headers') return headerValues(secret)
  if (!secret.startsWith('{')) return passwordIn(secret)
  try {
    const parts = Object.entries(JSON.parse(secret) as Record<string, unknown>)
    return parts.flatMap(([name, part]) =>
      /token$|key/.test(name) && typeof part === 'string' ? [part] : [],
    )
  } catch {
    return []
  }
}

/** Of `name,value,name,value`, as rclone takes them. */
function headerValues(secret: string): string[] {
  const parts = secret.split(',').map((part) => part.replace(/^"|"$/g, ''))
  return parts.filter((_, at) => at % 2 === 1).flatMap((value) => [value, ...value.split(' ').slice(1)])
}

function passwordIn(url: string): string[] {
  const [, password] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/@:]*:([^/@]+)@/i.exec(url) ?? []
  return password === undefined ? [] : [password]
}

/** Those that are not in `known`, or not the same. */
function unlike(known: Record<string, string>, settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => known[name] !== value))
}

/** A remote's name holds letters, digits and dashes: nothing in it needs a quote. */
export function remoteName(row: string): string {
  return `endpoint-${row}`
}

/** How a reference stands in an option of rclone; a folder may follow it. */
function remoteOf(bases: ReadonlyMap<string, StoredPlace>): (id: string) => string {
  return (id) => {
    const base = bases.get(id)
    if (!base) throw new UnavailableError('An endpoint that it lies over is not there any more.')
    const root = fullPath({ type: base.type, root: base.root, path: '' })
    return `${remoteName(id)}:${base.type === 'local' ? standardPath(root) : root}`
  }
}

/** We keep one upstream a line; rclone wants them between blanks, with quotes where one holds a blank. */
function listed(option: string, type: string, value: string): string {
  if (option !== 'upstreams' || !['union', 'combine'].includes(type)) return value
  const lines = value.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .map((line) => (/[\s"]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line))
    .join(' ')
}
