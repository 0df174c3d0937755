import { readBooks } from './checks/books.ts'
import { diskFindings } from './checks/disk.ts'
import type { Errand } from './checks/errand.ts'
import { logFindings } from './checks/log.ts'
import { jobFindings, transferFindings } from './checks/rows.ts'
import type { TestDatabase } from './database.ts'

/** rclone's default. */
const TRANSFERS = 4

/**
 * Compares, after a fault, what lies on the disk with what lay there before, the rows with both, and the log
 * for lost or doubled effects. Every finding is a sentence; none is what a test expects. Of a job that has not
 * completed only what holds at any time is checked: nothing lost, nothing half, books that agree.
 */
export async function check(database: TestDatabase, errand: Errand): Promise<string[]> {
  const { findings, untold } = await checkAfterKill(database, errand)
  return [...findings, ...untold]
}

/**
 * The same after rclone was killed in full work: it gives a file its final name and then writes its line, so of
 * each of its transfers one file may be there of which nobody can tell. The next attempt counts them as
 * unchanged. So many missing rows, no more, are `untold` instead of findings.
 */
export async function checkAfterKill(
  database: TestDatabase,
  errand: Errand,
): Promise<{ findings: string[]; untold: string[] }> {
  const books = await readBooks(database, errand.jobId)
  const { job, attempts } = books
  const findings = [
    ...diskFindings(errand, job.state),
    ...jobFindings(books),
    ...(job.state === 'completed' ? transferFindings(errand, books) : []),
    ...logFindings(books),
  ]
  const deaths = attempts.filter(({ cause }) => cause === 'worker_lost' || cause === 'rclone_died').length
  const untold = findings.filter((finding) => finding.startsWith('no row: '))
  if (untold.length > deaths * (job.options.transfers ?? TRANSFERS)) return { findings, untold: [] }
  return { findings: findings.filter((finding) => !untold.includes(finding)), untold }
}
