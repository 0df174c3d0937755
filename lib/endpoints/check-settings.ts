import { isForProvider } from '#lib/backends/for-provider.ts'
import { isHostOption } from '#lib/backends/option-rules.ts'
import type { Backend, BackendOption } from '#lib/backends/schema.ts'
import { type FieldIssue, InvalidError } from '#lib/errors.ts'
import { whyPrivate } from './hosts.ts'
import { type Draft, issueAt } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { asText, whyNotValue } from './option-values.ts'
import type { GivenSettings } from './schema.ts'
import { isSecretReference, whyNotReference } from './secret-references.ts'
import { whyNotOver } from './why-not-over.ts'

/** What is to be kept: settings in clear, and secrets still in clear, to be sealed. */
export type Checked = {
  path: string
  settings: Record<string, string>
  /** New ones only; those that stay are named in `kept`. */
  secrets: Record<string, string>
  kept: string[]
}

export type CheckOptions = {
  /** Of an endpoint that is changed: what it has. A given key replaces, an empty text removes, absence keeps. */
  before?: { settings: Record<string, string>; secrets: readonly string[] }
  /** Of an import: secrets that are sealed already. What the file does not say stays unsaid, defaults of ours too. */
  sealed?: readonly string[]
  blockPrivateHosts: boolean
}

/**
 * Checks what a person gave for an endpoint of this type against the agent's own description of it, and sorts it.
 * Throws InvalidError with every problem at its field.
 */
export function checkSettings(
  backend: Backend,
  given: { path: string; settings: GivenSettings },
  { before, sealed, blockPrivateHosts }: CheckOptions,
): Checked {
  const kind = kindOf(backend.type)
  const options = new Map(backend.options.map((option) => [option.name, option]))
  const issues: FieldIssue[] = []
  const texts: Record<string, string> = {}
  const gone = new Set<string>()
  for (const [name, value] of Object.entries(given.settings)) {
    const option = options.get(name)
    if (option?.refused) issues.push(issueAt(name, `${name}: ${option.refused}`))
    else if (!option) issues.push(issueAt(name, unknownOption(backend, name)))
    // A secret that was read back and sent again stays as it is.
    else if (typeof value === 'object' && !Array.isArray(value)) continue
    else {
      const text = asText(value, option)
      if (text === '') gone.add(name)
      else texts[name] = text
    }
  }
  if (issues.length > 0) throw new InvalidError(issues.map((issue) => issue.message).join(' '), issues)

  const stays = Object.fromEntries(
    Object.entries(before?.settings ?? {}).filter(([name]) => !gone.has(name) && !(name in texts)),
  )
  const draft: Draft = {
    path: given.path,
    settings: { ...(before || sealed ? {} : missing(kind.defaults, given.settings)), ...stays, ...texts },
  }
  const { path, settings } = kind.normalise?.(draft) ?? draft
  const kept = (before?.secrets ?? sealed ?? []).filter((name) => !gone.has(name) && !(name in texts))
  const has = (name: string) => Boolean(settings[name]) || kept.includes(name)

  for (const [name, value] of Object.entries(settings)) {
    const option = options.get(name)
    if (!option) continue
    const wrong = option.secret ? whyNotReference(value) : whyNotValue(option, value, settings.provider)
    if (wrong) issues.push(issueAt(name, wrong))
    const named = option.secret ? null : whyUserinfo(name, value, options)
    if (named) issues.push(issueAt(name, named))
    const closed = blockPrivateHosts ? whyPrivate(name, value) : null
    if (closed) issues.push(issueAt(name, closed))
  }
  for (const option of backend.options) {
    const needed = option.required && isForProvider(option.provider, settings.provider)
    if (needed && !has(option.name) && !issues.some((issue) => issue.path === `settings.${option.name}`)) {
      issues.push(issueAt(option.name, `${kind.words?.[option.name]?.label ?? option.name} is needed.`))
    }
  }
  issues.push(
    ...(kind.check?.({ path, settings }, has) ?? (backend.wraps ? whyNotOver(backend.type, settings) : [])),
  )
  if (before) issues.push(...secretsForAnotherHost(before, settings, kept, options))
  if (kind.path.required && path === '') issues.push(issueAt('path', `${kind.path.label} is needed.`))
  if (issues.length > 0) throw new InvalidError(issues.map((issue) => issue.message).join(' '), issues)

  const isSealed = (name: string, value: string) =>
    (options.get(name)?.secret ?? true) && !isSecretReference(value)
  const entries = Object.entries(settings)
  return {
    path,
    settings: Object.fromEntries(entries.filter(([name, value]) => !isSealed(name, value))),
    secrets: Object.fromEntries(entries.filter(([name, value]) => isSealed(name, value))),
    kept,
  }
}

/** Why a value that names a host may not hold a user and a password, which everybody may read there; or null. */
function whyUserinfo(
  name: string,
  value: string,
  options: ReadonlyMap<string, BackendOption>,
): string | null {
  if (
    !isHostOption(name) ||
    !value.split(/[,\s]+/).some((one) => /^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i.test(one))
  ) {
    return null
  }
  const password = ['pass', 'password'].find((one) => options.has(one))
  if (password)
    return `Write it without user and password: they belong in user and ${password}, which are kept apart.`
  if (options.has('headers')) {
    return 'Write it without user and password: they belong in headers, which are kept sealed, as Authorization,Basic … (user:password in base64).'
  }
  return 'Write it without user and password: it is kept in clear.'
}

/** Whoever may change an endpoint could else have its secrets sent to a host of their own. */
function secretsForAnotherHost(
  before: { settings: Record<string, string> },
  settings: Record<string, string>,
  kept: readonly string[],
  options: ReadonlyMap<string, BackendOption>,
): FieldIssue[] {
  const moved = Object.keys({ ...before.settings, ...settings }).find((name) => {
    return isHostOption(name) && settings[name] !== before.settings[name]
  })
  if (moved === undefined) return []
  // Of a row that is older than the rule by which it is a secret. What a proxy is told goes to that proxy, wherever the
  // storage is.
  const clear = Object.keys(settings).filter((name) => {
    const isOlder = options.get(name)?.secret && !isSecretReference(settings[name]!)
    return isOlder && settings[name] === before.settings[name]
  })
  const bound = [...kept, ...clear].filter((name) => !/(^|_)proxy$/.test(name))
  return bound.map((name) =>
    issueAt(
      name,
      `Enter it again: ${moved} has changed, and a secret goes to the host it was given for alone.`,
    ),
  )
}

function missing(defaults: Record<string, string> | undefined, given: object): Record<string, string> {
  return Object.fromEntries(Object.entries(defaults ?? {}).filter(([name]) => !(name in given)))
}

function unknownOption(backend: Backend, name: string): string {
  const near = backend.options.filter(
    (option) => !option.refused && (option.name.includes(name) || name.includes(option.name)),
  )
  const hint =
    near.length > 0
      ? ` Did you mean ${near
          .slice(0, 3)
          .map((o) => o.name)
          .join(' or ')}?`
      : ''
  return `${backend.type} has no setting "${name.slice(0, 60)}".${hint}`
}
