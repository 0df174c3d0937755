import type { Backend } from '#lib/backends/schema.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import type { CreateEndpointInput, Endpoint } from '#lib/endpoints/schema.ts'
import { shownOptions } from '#lib/endpoints/shown-options.ts'

/** What stands in the form. Settings as text by rclone's names; '' is unset. */
export type FormValues = {
  name: string
  path: string
  bandwidth: string
  transfers: string
  settings: Record<string, string>
  /** New secrets; null removes one. What is not in here stays as it is kept. */
  secrets: Record<string, string | null>
  /** A sign-in at the service that is done and not saved yet. */
  signIn: string | null
}

/** What a new endpoint begins with, or what the saved one has. */
export function initialValues(backend: Backend, endpoint: Endpoint | null): FormValues {
  const settings = endpoint
    ? Object.fromEntries(Object.entries(endpoint.settings).filter((entry) => typeof entry[1] === 'string'))
    : kindOf(backend.type).defaults
  return {
    name: endpoint?.name ?? '',
    path: endpoint?.path ?? '',
    bandwidth: endpoint?.limits.bandwidth ?? '',
    transfers: endpoint?.limits.transfers?.toString() ?? '',
    settings: { ...(settings as Record<string, string> | undefined) },
    secrets: {},
    signIn: null,
  }
}

/** The settings to send: all that are set for a new endpoint, what has changed for a saved one ('' removes). */
export function settingsToSend(
  backend: Backend,
  endpoint: Endpoint | null,
  values: FormValues,
): Record<string, string> {
  const { main, more } = shownOptions(backend, values.settings.provider)
  // What no form shows, a sign-in or an import has written: it stays.
  const hidden = backend.options.filter((option) => option.hidden)
  const shown = new Set([...main, ...more, ...hidden].map(({ name }) => name))
  const before = initialValues(backend, endpoint).settings
  const sent: Record<string, string> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(values.settings)])) {
    const value = shown.has(name) ? (values.settings[name] ?? '') : ''
    if (endpoint ? value !== (before[name] ?? '') : value !== '' || name in before) sent[name] = value
  }
  for (const [name, secret] of Object.entries(values.secrets)) {
    if (shown.has(name) && secret !== '') sent[name] = secret ?? ''
  }
  return sent
}

export function limitsOf({ bandwidth, transfers }: FormValues): CreateEndpointInput['limits'] {
  return {
    ...(bandwidth !== '' && { bandwidth }),
    ...(transfers !== '' && { transfers: Number(transfers) }),
  }
}

/** What is set for a secret of the saved endpoint: nothing, something sealed, or a reference that can be shown. */
export function keptSecret(endpoint: Endpoint | null, name: string): { reference?: string } | null {
  const kept = endpoint?.settings[name]
  return typeof kept === 'object' ? kept : null
}
