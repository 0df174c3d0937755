import { curlLine, quoted, SameLines } from '#app/_components/same-lines.tsx'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'
import type { CreateJobInput } from '#lib/jobs/schema.ts'

/** The API call and the command line that make the same job. */
export function SameBy({ input, endpoints }: { input: CreateJobInput; endpoints: EndpointChoice[] }) {
  const side = ({ endpointId, path = '' }: CreateJobInput['source']) =>
    quoted(`${endpoints.find((endpoint) => endpoint.id === endpointId)?.name ?? endpointId}:${path}`)
  const flags = [
    input.options?.bandwidth && `--bandwidth ${quoted(input.options.bandwidth)}`,
    input.options?.transfers && `--transfers ${input.options.transfers}`,
  ].filter(Boolean)
  const command = [
    'npx file-orbit',
    input.operation,
    side(input.source),
    side(input.destination),
    ...flags,
  ].join(' ')
  return <SameLines command={command} call={curlLine('POST', '/jobs', input)} />
}
