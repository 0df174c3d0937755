import { curlLine, quoted, SameLines } from '#app/_components/same-lines.tsx'
import type { TemplateInput } from '#lib/templates/schema.ts'

/** What a saved or new template is by command line and API. Secrets that were typed are left out of it. */
export function TemplateSameBy({
  id,
  name,
  input,
}: {
  id: string | null
  name: string
  input: TemplateInput
}) {
  const shown = { ...input, triggers: (input.triggers ?? []).map(hidden) }
  const json = JSON.stringify(shown, null, 2)
  const verb = id === null ? 'create' : `update ${quoted(name)}`
  const command = `npx file-orbit templates ${verb} --file - <<'END'\n${json}\nEND`
  const call =
    id === null ? curlLine('POST', '/templates', shown) : curlLine('PATCH', `/templates/${id}`, shown)
  return (
    <details>
      <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
        The same by command line and API
      </summary>
      <SameLines command={command} call={call} titled={false} />
    </details>
  )
}

type Trigger = NonNullable<TemplateInput['triggers']>[number]

function hidden(trigger: Trigger): Trigger {
  if (trigger.type !== 's3' || !trigger.settings) return trigger
  const settings = Object.fromEntries(
    Object.entries(trigger.settings).map(([name, value]) => [
      name,
      typeof value === 'string' && name !== 'accessKeyId' ? '…' : value,
    ]),
  )
  return { ...trigger, settings }
}
