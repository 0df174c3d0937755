import { notFound } from 'next/navigation'
import { cache } from 'react'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import { DomainError } from '#lib/errors.ts'
import { getJobView } from '#lib/jobs/queries.ts'
import { isId } from '#lib/parse.ts'

/** The job of a page, read once for a request; words where it was removed with its month. */
export const jobOf = cache(async (id: string) => {
  const ctx = await pageContext()
  if (!isId(id)) notFound()
  return orNotFound(getJobView({ ctx, id }).catch(wordsIfGone))
})

function wordsIfGone(error: unknown): string {
  if (error instanceof DomainError && error.kind === 'gone') return error.message
  throw error
}
