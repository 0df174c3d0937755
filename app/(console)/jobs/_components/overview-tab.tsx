import Link from 'next/link'
import { Bytes, Speed } from '#app/_components/figures.tsx'
import { formatCount } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Elapsed, RelativeTime } from '#app/_components/relative-time.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Context } from '#lib/context.ts'
import type { JobView } from '#lib/jobs/queries.ts'
import { type Operation, stateSentences } from '#lib/jobs/states.ts'
import { InFlight } from './in-flight.tsx'
import { FailedFiles, Outcome } from './outcome.tsx'

const words: Record<Operation, string> = {
  copy: 'Copy: files at the destination that the source does not have stay.',
  move: 'Move: a file leaves the source when it has arrived.',
  sync: 'Sync: the destination becomes as the source; what only the destination has is deleted.',
}

/** What was asked, what was done with it, and when. */
export function OverviewTab({ ctx, view }: { ctx: Context; view: JobView }) {
  const { job } = view
  const seconds =
    job.startedAt && job.finishedAt ? (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000 : 0
  return (
    <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
      <div className="min-w-0">
        {job.state === 'completed' && <Outcome view={view} />}
        {view.failedFiles > 0 && <FailedFiles ctx={ctx} view={view} />}
        {job.state === 'running' && <InFlight jobId={job.id} initial={view.inFlight} />}
        <Section title={job.state === 'running' ? 'So far' : 'What was done'}>
          <Card className="p-0">
            <KeyValues>
              <KeyValue label="Files moved">
                <Link href={`/jobs/${job.id}?tab=files`} className="underline-offset-2 hover:underline">
                  {formatCount(job.files)}
                </Link>{' '}
                · <Bytes value={job.bytes} />
              </KeyValue>
              <KeyValue label="Unchanged, left as they were">{formatCount(view.unchangedFiles)}</KeyValue>
              {view.skippedFiles > 0 && (
                <KeyValue label="Links and special files, passed over">
                  <Link href={`/jobs/${job.id}?tab=log`} className="underline-offset-2 hover:underline">
                    {formatCount(view.skippedFiles)}
                  </Link>
                </KeyValue>
              )}
              <KeyValue label="Failed">
                {view.failedFiles > 0 ? (
                  <Link
                    href={`/jobs/${job.id}?tab=files&state=failed`}
                    className="font-semibold text-fail underline-offset-2 hover:underline"
                  >
                    {formatCount(view.failedFiles)}
                  </Link>
                ) : (
                  '0'
                )}
              </KeyValue>
              {seconds > 0 && job.bytes > 0 && (
                <KeyValue label="Average speed">
                  <Speed value={job.bytes / seconds} />
                </KeyValue>
              )}
            </KeyValues>
          </Card>
        </Section>
      </div>
      <div className="min-w-0">
        <Section title="Job">
          <Card className="p-0">
            <KeyValues>
              <KeyValue label="Created">
                <RelativeTime at={job.createdAt} />
              </KeyValue>
              {job.startedAt && (
                <KeyValue label="Started">
                  <RelativeTime at={job.startedAt} />
                </KeyValue>
              )}
              {job.finishedAt && (
                <KeyValue label="Ended">
                  <RelativeTime at={job.finishedAt} />
                </KeyValue>
              )}
              {job.startedAt && (
                <KeyValue label="Took">
                  <Elapsed from={job.startedAt} to={job.finishedAt} />
                </KeyValue>
              )}
              <KeyValue label="Bandwidth">{job.options.bandwidth ?? 'no limit'}</KeyValue>
              {job.options.transfers && <KeyValue label="Files at a time">{job.options.transfers}</KeyValue>}
              <KeyValue label="From">
                <PathText path={[view.source.root, job.source.path].filter(Boolean).join('/')} wrap />
              </KeyValue>
              <KeyValue label="To">
                <PathText
                  path={[view.destination.root, job.destination.path].filter(Boolean).join('/')}
                  wrap
                />
              </KeyValue>
            </KeyValues>
          </Card>
          <p className="mt-2 text-sm text-muted-foreground">
            {words[job.operation]} {stateSentences[job.state]}
          </p>
        </Section>
      </div>
    </div>
  )
}
