import { readBooks } from './checks/books.ts'
import { diskFindings } from './checks/disk.ts'
import type { Errand } from './checks/errand.ts'
import { logFindings } from './checks/log.ts'
import { jobFindings, transferFindings } from './checks/rows.ts'
import type { TestDatabase } from './database.ts'

/**
 * Compares, after a fault, what lies on the disk with what lay there before, the rows with both, and the log
 * for lost or doubled effects. Every finding is a sentence; none is what a test expects. Of a job that has not
 * completed only what holds at any time is checked: nothing lost, nothing half, books that agree.
 */
export async function check(database: TestDatabase, errand: Errand): Promise<string[]> {
  const books = await readBooks(database, errand.jobId)
  return [
    ...diskFindings(errand, books.job.state),
    ...jobFindings(books),
    ...(books.job.state === 'completed' ? transferFindings(errand, books) : []),
    ...logFindings(books),
  ]
}
