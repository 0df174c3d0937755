import { isForProvider } from '#lib/backends/for-provider.ts'
import { signedInto } from '#lib/backends/option-rules.ts'
import type { Backend, BackendOption } from '#lib/backends/schema.ts'
import { kindOf } from './kinds/kinds.ts'

// Browser-safe.

/** The options that a person may set for the provider that is chosen: those that matter, and the rest. */
export function shownOptions(
  backend: Backend,
  provider: string | undefined,
): { main: BackendOption[]; more: BackendOption[] } {
  const { fields } = kindOf(backend.type)
  const open = backend.options.filter((option) => {
    return !option.refused && !option.hidden && isForProvider(option.provider, provider)
  })
  const named = fields.flatMap((name) => open.find((option) => option.name === name) ?? [])
  // Of a type that nobody has looked at, what rclone itself asks for is what matters.
  const asked = (option: BackendOption) => !option.advanced || option.name === signedInto(backend)
  const matters = (option: BackendOption) => option.required || (fields.length === 0 && asked(option))
  const needed = open.filter((option) => !named.includes(option) && matters(option))
  const main = [...named, ...needed]
  return { main, more: open.filter((option) => !main.includes(option)) }
}
