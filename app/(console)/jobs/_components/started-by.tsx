import Link from 'next/link'
import type { JobView } from '#lib/jobs/queries.ts'
import type { JobTrigger } from '#lib/jobs/schema.ts'

/** What started a run of a template, in a word or two. */
export const triggerNames: Record<JobTrigger, string> = {
  manual: 'by hand',
  schedule: 'by schedule',
  watch: 'by folder watch',
  s3: 'by S3 events',
}

/** "by template “Camera cards”, by schedule", or the person's name. */
export function StartedBy({ view }: { view: Pick<JobView, 'job' | 'createdBy' | 'templateDeleted'> }) {
  const { template, trigger } = view.job
  if (!template) return <>by {view.createdBy}</>
  const name = `“${template.name}”`
  return (
    <>
      by template{' '}
      {view.templateDeleted ? (
        `${name} (deleted)`
      ) : (
        <Link href={`/templates/${template.id}`} className="underline underline-offset-2">
          {name}
        </Link>
      )}
      {trigger === 'manual' ? `, run by ${view.createdBy}` : trigger && `, ${triggerNames[trigger]}`}
    </>
  )
}
