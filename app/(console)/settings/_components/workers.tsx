import { CircleAlert, CircleCheck } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import { Bytes } from '#app/_components/figures.tsx'
import { Section } from '#app/_components/frame/page.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { WorkerLine } from '#lib/settings/read-settings.ts'

/** The worker processes that were heard within a day. */
export function Workers({ workers }: { workers: WorkerLine[] }) {
  return (
    <div id="workers">
      <Section title="Workers" note={workers.length}>
        <Card className="overflow-hidden p-0">
          {workers.length === 0 ? (
            <p className="px-3.5 py-4 text-muted-foreground">
              None was heard within a day. npm start starts one; its log says why it ended.
            </p>
          ) : (
            <ul aria-label="Workers" className="divide-y divide-hairline">
              {workers.map((worker) => (
                <li key={worker.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-3.5 py-2">
                  <span className="w-20 shrink-0">
                    <Alive away={worker.away} />
                  </span>
                  <span>
                    {worker.host} <span className="text-faint">process {worker.pid}</span>
                  </span>
                  <span className="sm:ml-auto">
                    {worker.busySlots} of {worker.slots} slots busy
                  </span>
                  <span className="flex basis-full flex-wrap gap-x-4 text-sm text-muted-foreground sm:pl-24">
                    <span>
                      rclone {worker.rcloneVersion} <PathText path={worker.rclonePath} wrap />
                    </span>
                    <span>
                      <Bytes value={worker.diskFree} /> free
                    </span>
                    <span>
                      started <RelativeTime at={worker.startedAt} />, heard{' '}
                      <RelativeTime at={worker.heartbeatAt} />
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Card>
      </Section>
    </div>
  )
}

function Alive({ away }: { away: boolean }) {
  const Icon = away ? CircleAlert : CircleCheck
  return (
    <span
      className={cn('inline-flex items-center gap-1.5 text-sm font-semibold', away ? 'text-fail' : 'text-ok')}
    >
      <Icon aria-hidden className="size-3.5 self-center" strokeWidth={2.25} />
      {away ? 'Away' : 'Alive'}
    </span>
  )
}
