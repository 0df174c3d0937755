import Link from 'next/link'
import { formatBytes, formatCount, formatCountOf, formatDuration } from '#app/_components/format.ts'
import { Section } from '#app/_components/frame/page.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Context } from '#lib/context.ts'
import { causes } from '#lib/jobs/causes.ts'
import { listTransfers } from '#lib/jobs/details.ts'
import type { JobView } from '#lib/jobs/queries.ts'
import type { Operation } from '#lib/jobs/states.ts'

const done: Record<Operation, string> = { copy: 'copied', move: 'moved', sync: 'synced' }

/** What a finished job has done and how that was checked, in two sentences. */
export function Outcome({ view }: { view: JobView }) {
  const { job } = view
  const seconds =
    job.startedAt && job.finishedAt ? (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000 : null
  const took = seconds === null ? '' : ` in ${formatDuration(seconds)}`
  const unchanged = view.unchangedFiles
  if (job.files === 0) {
    return (
      <Notice tone="ok" title={`Nothing had to be ${done[job.operation]}`} className="mt-5.5">
        {unchanged > 0
          ? `${formatCountOf(unchanged, 'file')} stood at the destination already, with the same size and time.`
          : 'The source holds no file that the destination lacks.'}
      </Notice>
    )
  }
  return (
    <Notice
      tone="ok"
      className="mt-5.5"
      title={`${formatCountOf(job.files, 'file')}, ${formatBytes(job.bytes)}, ${done[job.operation]} to ${view.destination.name}${took}`}
    >
      Each was compared with its source when it had arrived: by its size, and by its hash where both sides
      keep one of the same kind.
      {unchanged > 0 &&
        ` ${formatCount(unchanged)} that had not changed ${unchanged === 1 ? 'was' : 'were'} left as they were.`}
      {view.skippedFiles > 0 &&
        ` ${formatCountOf(view.skippedFiles, 'link or special file', 'links and special files')} passed over; the log names them.`}
    </Notice>
  )
}

/** The first files that failed, each with its reason. */
export async function FailedFiles({ ctx, view }: { ctx: Context; view: JobView }) {
  const { items, nextCursor } = await listTransfers({
    ctx,
    id: view.job.id,
    input: { state: 'failed', limit: 5 },
  })
  if (items.length === 0) return null
  return (
    <Section title="Files that failed" note={formatCount(Math.max(view.failedFiles, items.length))}>
      <Card className="overflow-hidden p-0">
        <ul className="divide-y divide-hairline">
          {items.map((file) => (
            <li key={file.path} className="min-w-0 px-3.5 py-1.5">
              <PathText path={file.path} />
              {file.error && (
                <p className="text-sm">
                  <span className="text-fail">{causes[file.error.cause].title}.</span>{' '}
                  <span className="break-words text-muted-foreground">{file.error.message}</span>
                </p>
              )}
            </li>
          ))}
        </ul>
        {nextCursor && (
          <p className="border-t border-hairline px-3.5 py-2">
            <Link
              href={`/jobs/${view.job.id}?tab=files&state=failed`}
              className="text-primary hover:underline"
            >
              All that failed
            </Link>
          </p>
        )}
      </Card>
    </Section>
  )
}
