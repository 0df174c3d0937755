import { pgTable, text } from 'drizzle-orm/pg-core'
import { amount, instant } from './columns.ts'

/**
 * What is left of a month whose jobs were removed: its sums. Grows with each batch, in the transaction that removes
 * it, so that it is right however often the chore is cut off.
 */
export const removedMonths = pgTable('removed_months', {
  /** `2025-03`: the month, in UTC, in which the jobs were made. */
  month: text('month').primaryKey(),
  jobs: amount('jobs').notNull().default(0),
  files: amount('files').notNull().default(0),
  bytes: amount('bytes').notNull().default(0),
  failedFiles: amount('failed_files').notNull().default(0),
  beganAt: instant('began_at').notNull().defaultNow(),
  /** When its last job and its partitions were gone; null while the removal is under way. */
  endedAt: instant('ended_at'),
})
