import { CopyButton } from '#app/_components/copy-button.tsx'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { CreateJobInput } from '#lib/jobs/schema.ts'

/** The API call and the command line that make the same job. */
export function SameBy({ input, endpoints }: { input: CreateJobInput; endpoints: Endpoint[] }) {
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
  const call = `curl -X POST "$FILE_ORBIT_SERVER/api/v1/jobs" -H "Authorization: Bearer $FILE_ORBIT_API_KEY" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(input))}`
  return (
    <section aria-label="The same by command line and API">
      <h2 className="text-muted-foreground">The same by command line and API</h2>
      <div className="mt-2 grid gap-2">
        {[command, call].map((text, index) => (
          <div
            key={index === 0 ? 'command' : 'call'}
            className="flex items-start gap-2 rounded-md border bg-card p-2.5"
          >
            <code className="min-w-0 flex-1 font-mono text-sm break-all whitespace-pre-wrap">{text}</code>
            <CopyButton value={text} what={index === 0 ? 'command' : 'API call'} />
          </div>
        ))}
      </div>
    </section>
  )
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
