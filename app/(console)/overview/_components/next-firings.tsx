import Link from 'next/link'
import { formatExactTime } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { NextFiring } from '#lib/overview/next-firings.ts'

/** What comes next by itself. */
export function NextFirings({ firings }: { firings: NextFiring[] }) {
  if (firings.length === 0) return null
  return (
    <Section title="Next">
      <Card className="overflow-hidden p-0">
        <ul aria-label="Next" className="divide-y divide-hairline">
          {firings.map(({ triggerId, templateId, name, at, words, timeZone }) => (
            <li
              key={triggerId}
              className="relative grid min-h-9 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-3.5 py-1.5 hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60"
            >
              <span className="flex min-w-0 items-baseline gap-2">
                <Link
                  data-row
                  href={`/templates/${templateId}`}
                  className="max-w-[60%] shrink-0 truncate font-medium outline-none after:absolute after:inset-0"
                >
                  {name}
                </Link>
                <span className="truncate text-sm text-muted-foreground">{words}</span>
              </span>
              <span
                className="text-right text-sm whitespace-nowrap text-faint"
                title={formatExactTime(Date.parse(at), timeZone)}
              >
                <RelativeTime at={at} />
              </span>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  )
}
