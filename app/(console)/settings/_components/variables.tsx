import { Section } from '#app/_components/frame/page.tsx'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { ShownSetting } from '#lib/settings/describe.ts'

/** Every setting, what is in force, and whether somebody set it. */
export function Variables({ variables }: { variables: ShownSetting[] }) {
  return (
    <Section title="Environment" note="read when File Orbit starts; change them there and restart">
      <Card className="p-0">
        <dl className="divide-y divide-hairline">
          {variables.map((one) => (
            <div
              key={one.name}
              className="grid gap-x-4 gap-y-0.5 px-3.5 py-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]"
            >
              <dt className="min-w-0">
                <code className="font-mono text-sm break-all">{one.name}</code>
                {one.about && <p className="text-sm text-muted-foreground">{one.about}</p>}
              </dt>
              <dd className="flex min-w-0 flex-wrap items-baseline gap-x-2 gap-y-1 sm:justify-end">
                <Value setting={one} />
                <Badge>{one.set ? 'environment' : 'default'}</Badge>
              </dd>
            </div>
          ))}
        </dl>
      </Card>
    </Section>
  )
}

function Value({ setting: { value, secret, set } }: { setting: ShownSetting }) {
  if (secret) return <span className="text-muted-foreground">{set ? 'set, not shown' : 'not set'}</span>
  if (value === null) return <span className="text-faint">none</span>
  return <code className="min-w-0 font-mono text-sm break-all">{value}</code>
}
