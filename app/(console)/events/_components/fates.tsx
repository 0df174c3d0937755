import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { formatCount } from '#app/_components/format.ts'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { EventSummary } from '#lib/events/schema.ts'

const lines = [
  { key: 'transferred', label: 'Transferred' },
  { key: 'pending', label: 'Pending' },
  { key: 'ignored', label: 'Ignored, with a reason' },
  { key: 'failed', label: 'Failed' },
  { key: 'dead', label: 'Dead' },
] as const

/** The books: what was received and what became of it; each figure leads to its events below `base`. */
export function Fates({ summary, base }: { summary: EventSummary; base: string }) {
  const to = (state: string) => `${base}${base.includes('?') ? '&' : '?'}state=${state}`
  return (
    <Card className="p-0">
      <KeyValues>
        <KeyValue label="Received">
          <Link href={base} className="underline-offset-2 hover:underline">
            {formatCount(summary.received)}
          </Link>
        </KeyValue>
        {lines.map(({ key, label }) => (
          <KeyValue key={key} label={label}>
            <Link
              href={to(key)}
              className={cn(
                'underline-offset-2 hover:underline',
                (key === 'failed' || key === 'dead') && summary[key] > 0 && 'font-semibold text-fail',
              )}
            >
              {formatCount(summary[key])}
            </Link>
          </KeyValue>
        ))}
        <KeyValue label="Unaccounted">
          <Link
            href={to('pending')}
            title="Events whose fate does not follow from their jobs, or of which a part is missing"
            className={cn(
              'font-semibold underline-offset-2 hover:underline',
              summary.unaccounted > 0 ? 'text-fail' : 'text-ok',
            )}
          >
            {formatCount(summary.unaccounted)}
          </Link>
        </KeyValue>
      </KeyValues>
    </Card>
  )
}
