import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** What slows sign-ins down, as rate-limiter-flexible wants it (its names of columns). Rows end by themselves. */
export const signInCounts = pgTable('sign_in_counts', {
  /** Which counter, and the hash of whom it counts. */
  key: text('key').primaryKey(),
  points: integer('points').notNull(),
  expire: instant('expire'),
})
