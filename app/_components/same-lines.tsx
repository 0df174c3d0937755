import { CopyButton } from './copy-button.tsx'

/** What a form makes, as the command line and the API call that would make it. */
export function SameLines({
  command,
  call,
  titled = true,
}: {
  command: string
  call: string
  /** False where what unfolds them says so. */
  titled?: boolean
}) {
  return (
    <section aria-label="The same by command line and API">
      {titled && <h2 className="text-muted-foreground">The same by command line and API</h2>}
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
export function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A call of the REST API with a JSON body. */
export function curlLine(method: string, path: string, body: unknown): string {
  return `curl -X ${method} "$FILE_ORBIT_SERVER/api/v1${path}" -H "Authorization: Bearer $FILE_ORBIT_API_KEY" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`
}
