import { eq } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'
import { removedMonths } from '#lib/db/schema/retention.ts'
import { DomainError, NotFoundError } from '#lib/errors.ts'
import { monthOf } from './months.ts'

/** Why no job has this id: it was removed with its month, or there never was one. */
export async function noSuchJob(db: Db | Tx, id: string): Promise<DomainError> {
  const [month] = await db
    .select()
    .from(removedMonths)
    .where(eq(removedMonths.month, monthOf(id)))
  if (!month) return new NotFoundError('There is no such job.')
  const { beganAt, jobs, files } = month
  return new DomainError(
    'gone',
    `The jobs of ${month.month} were removed on ${beganAt.toISOString().slice(0, 10)}, as FILE_ORBIT_KEEP_MONTHS ` +
      `says: ${jobs} jobs that had moved ${files} files.`,
  )
}
