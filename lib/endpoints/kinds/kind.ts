import type { FieldIssue } from '#lib/errors.ts'

// Browser-safe. A kind is what we know of a storage type beyond rclone's own description of it.

/** What a person gave, secrets in clear; `settings` by rclone's option names. */
export type Draft = { path: string; settings: Record<string, string> }

/** Where a storage answers: what a test resolves and connects to before rclone does. */
export type Address = { host: string; port: number; secure: 'tls' | 'ssh' | null }

export type FieldWords = { label?: string; help?: string; example?: string }

/** Where a kind stands among those that are offered. */
export type KindGroup = 'shares' | 'buckets' | 'drives' | 'over' | 'others'

export type Kind = {
  type: string
  group: KindGroup
  label: string
  /** One line under the label, where a kind is chosen. */
  sentence: string
  /** The fields that matter, in their order; all others are folded away. */
  fields: readonly string[]
  /** Better words than rclone's help, which speaks to its own command line. */
  words?: Record<string, FieldWords>
  path: { label: string; help: string; example: string; required: boolean }
  /** Taken where a person says nothing else. */
  defaults?: Record<string, string>
  /** Sorts what people paste into the fields it belongs to. */
  normalise?: (draft: Draft) => Draft
  /** What the fields together must hold; `has` tells of secrets that are kept as they are. */
  check?: (draft: Draft, has: (option: string) => boolean) => FieldIssue[]
  /** From what is stored to what rclone takes, on the agent. */
  toRclone?: (settings: Record<string, string>) => Record<string, string>
  /** The way back, for what stands in an rclone.conf. */
  fromRclone?: (settings: Record<string, string>) => Record<string, string>
  address?: (settings: Record<string, string>) => Address | null
}

export function issueAt(option: string, message: string): FieldIssue {
  return { path: option === 'path' ? 'path' : `settings.${option}`, message }
}

/** The address in a URL such as https://files.example.org:8443/dav, or null. */
export function addressOf(url: string | undefined, unless: 'https' | 'http' = 'https'): Address | null {
  if (!url) return null
  const parsed = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `${unless}://${url}`)
  if (!parsed?.hostname) return null
  const tls = parsed.protocol === 'https:'
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port) || (tls ? 443 : 80),
    secure: tls ? 'tls' : null,
  }
}

/** A host with its port in fields of their own. */
export function hostAddress(
  settings: Record<string, string>,
  port: number,
  secure: Address['secure'],
): Address | null {
  const host = settings.host?.replace(/^\[|\]$/g, '')
  return host ? { host, port: Number(settings.port) || port, secure } : null
}
