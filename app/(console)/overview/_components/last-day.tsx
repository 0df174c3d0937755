import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { Bytes } from '#app/_components/figures.tsx'
import { formatCount } from '#app/_components/format.ts'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Stats } from '#lib/jobs/stats.ts'

/** The day in figures. */
export function LastDay({ stats: { lastDay } }: { stats: Stats }) {
  return (
    <Card className="p-0">
      <KeyValues>
        <KeyValue label="Moved">
          <Bytes value={lastDay.bytes} /> · {formatCount(lastDay.files)} files
        </KeyValue>
        <KeyValue label="Jobs completed">{formatCount(lastDay.completed)}</KeyValue>
        <KeyValue label="Jobs failed">
          <Link
            href="/jobs?state=failed&within=24h"
            className={cn(
              'underline-offset-2 hover:underline',
              lastDay.failed > 0 && 'font-semibold text-fail',
            )}
          >
            {formatCount(lastDay.failed)}
          </Link>
        </KeyValue>
        {lastDay.cancelled > 0 && (
          <KeyValue label="Jobs cancelled">{formatCount(lastDay.cancelled)}</KeyValue>
        )}
      </KeyValues>
    </Card>
  )
}
