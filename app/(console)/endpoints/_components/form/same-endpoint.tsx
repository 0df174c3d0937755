import { curlLine, quoted, SameLines } from '#app/_components/same-lines.tsx'
import type { Backend } from '#lib/backends/schema.ts'
import type { CreateEndpointInput } from '#lib/endpoints/schema.ts'
import { isSecretReference } from '#lib/endpoints/secret-references.ts'

/** The command and the call that make the same endpoint; secrets are left for the shell to fill in. */
export function SameEndpoint({ input, backend }: { input: CreateEndpointInput; backend: Backend }) {
  const secret = new Set(backend.options.filter((option) => option.secret).map(({ name }) => name))
  const isHidden = ([name, value]: [string, unknown]) =>
    secret.has(name) && !(typeof value === 'string' && isSecretReference(value))
  const settings = Object.entries(input.settings ?? {})
  const flags = settings.map((entry) => {
    const [name, value] = entry
    return isHidden(entry) ? `--secret ${name}` : `--set ${quoted(`${name}=${String(value)}`)}`
  })
  const command = [
    `npx file-orbit endpoints create ${quoted(input.name || 'name')} --type ${quoted(input.type)}`,
    ...(input.path ? [`--path ${quoted(input.path)}`] : []),
    ...flags,
    ...(input.limits?.bandwidth ? [`--bandwidth ${quoted(input.limits.bandwidth)}`] : []),
  ].join(' ')
  const shown = settings.map((entry) => [entry[0], isHidden(entry) ? '…' : entry[1]])
  const body = { ...input, settings: Object.fromEntries(shown) }
  return <SameLines command={command} call={curlLine('POST', '/endpoints', body)} />
}
