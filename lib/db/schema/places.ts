import { sql } from 'drizzle-orm'
import { boolean, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'

/**
 * Whose each place is that a template has filled, or is about to: that of another file is never written over, whatever
 * started the runs. As many rows as the template has places. Those of moves stay as long as it does, since the only
 * copy of a file may lie there; those of copies go with the month of their last job.
 */
export const places = pgTable(
  'places',
  {
    templateId: uuid('template_id').notNull(),
    destinationEndpointId: uuid('destination_endpoint_id').notNull(),
    /** MD5 of the place below the endpoint, or of what all its spellings have in common (lib/places/place-keys.ts). */
    keyHash: uuid('key_hash').notNull(),
    /** The file: the source of its run, and its path below that. */
    sourceEndpointId: uuid('source_endpoint_id').notNull(),
    sourcePath: text('source_path').notNull(),
    path: text('path').notNull(),
    /** The last that was to bring the file; until it has failed to, the place is taken. */
    jobId: uuid('job_id').notNull(),
    /** Taken, whatever becomes of that job: one before it has brought the file. */
    kept: boolean('kept').notNull().default(false),
    /** The file is no longer at its source. */
    moved: boolean('moved').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.templateId, table.destinationEndpointId, table.keyHash] }),
    index('places_copied').on(table.jobId).where(sql`not ${table.moved}`),
  ],
)
