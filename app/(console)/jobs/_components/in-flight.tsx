'use client'

import { Bytes, Speed } from '#app/_components/figures.tsx'
import { formatPercent } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { useStream } from '#app/_components/live/use-stream.ts'
import { PathText } from '#app/_components/path-text.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Progress } from '#app/_components/ui/progress.tsx'
import type { InFlightFile } from '#lib/jobs/schema.ts'

/** The files that move right now. */
export function InFlight({ jobId, initial }: { jobId: string; initial: readonly InFlightFile[] }) {
  const stream = useStream()
  const files = stream.inFlight.get(jobId) ?? initial
  if (files.length === 0) return null
  return (
    <Section title="In flight" note={files.length}>
      <Card className="p-0">
        <ul className="divide-y divide-hairline">
          {files.map((file) => {
            const share = file.size > 0 ? Math.min(1, file.bytes / file.size) : null
            return (
              <li
                key={file.path}
                className="grid min-h-8 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3.5 px-3.5 py-1 md:grid-cols-[minmax(0,1fr)_84px_84px_120px]"
              >
                <PathText path={file.path} />
                <span className="text-right">
                  <Bytes value={file.size} />
                </span>
                <span className="text-right text-muted-foreground max-md:hidden">
                  <Speed value={file.speed} />
                </span>
                <Progress
                  className="max-md:col-span-2"
                  share={share}
                  label={`Progress of ${file.path}`}
                  valueText={share === null ? 'size not known' : formatPercent(share)}
                />
              </li>
            )
          })}
        </ul>
      </Card>
    </Section>
  )
}
