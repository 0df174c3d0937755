import { CircleAlert, CircleCheck } from 'lucide-react'
import { Bytes } from '#app/_components/figures.tsx'
import { Section } from '#app/_components/frame/page.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '#app/_components/ui/table.tsx'
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
            <Table>
              <TableHeader>
                <TableRow>
                  <TableHead>State</TableHead>
                  <TableHead>Machine</TableHead>
                  <TableHead className="text-right">Slots</TableHead>
                  <TableHead>rclone</TableHead>
                  <TableHead className="text-right">Disk free</TableHead>
                  <TableHead className="text-right">Started</TableHead>
                </TableRow>
              </TableHeader>
              <TableBody>
                {workers.map((worker) => (
                  <TableRow key={worker.id}>
                    <TableCell className="whitespace-nowrap">
                      <Alive worker={worker} />
                    </TableCell>
                    <TableCell className="whitespace-nowrap">
                      {worker.host} <span className="text-faint">process {worker.pid}</span>
                    </TableCell>
                    <TableCell className="text-right whitespace-nowrap">
                      {worker.busySlots} of {worker.slots} busy
                    </TableCell>
                    <TableCell className="max-w-56 whitespace-nowrap">
                      {worker.rcloneVersion} <PathText path={worker.rclonePath} className="max-w-40" />
                    </TableCell>
                    <TableCell className="text-right">
                      <Bytes value={worker.diskFree} />
                    </TableCell>
                    <TableCell className="text-right whitespace-nowrap">
                      <RelativeTime at={worker.startedAt} />
                    </TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          )}
        </Card>
      </Section>
    </div>
  )
}

function Alive({ worker }: { worker: WorkerLine }) {
  return worker.away ? (
    <span className="inline-flex items-center gap-1.5 text-sm font-semibold text-fail">
      <CircleAlert aria-hidden className="size-3.5" strokeWidth={2.25} /> Away,{' '}
      <RelativeTime at={worker.heartbeatAt} />
    </span>
  ) : (
    <span className="inline-flex items-center gap-1.5 text-sm font-semibold text-ok">
      <CircleCheck aria-hidden className="size-3.5" strokeWidth={2.25} /> Alive
    </span>
  )
}
