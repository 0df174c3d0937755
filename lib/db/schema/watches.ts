import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** What the watch of a trigger has to know again after a restart. */
export const watches = pgTable('watches', {
  triggerId: uuid('trigger_id').primaryKey(),
  /** The folder that its files are known of. Another one: they are forgotten. */
  base: text('base').notNull(),
  /** The trigger's `since` that was acted upon. */
  since: instant('since').notNull(),
  /** What lay there before is no event, unless the trigger says so. */
  countsFrom: instant('counts_from').notNull(),
  /** When everything that lay there before had been looked at; null until then. */
  begunAt: instant('begun_at'),
  /** Device and inode of the folder when its files were last seen in it: a mount point without its share has others. */
  device: text('device'),
  inode: text('inode'),
})

/**
 * The files that a watch has told of, or that lay there before. What differs from it, or is not in it, is an event:
 * the row and the event are written in one transaction, so that each version of a file is told once.
 */
export const watchedFiles = pgTable(
  'watched_files',
  {
    triggerId: uuid('trigger_id').notNull(),
    /** MD5 of `folder`, which may be too long for an index. */
    folderHash: uuid('folder_hash').notNull(),
    name: text('name').notNull(),
    /** Relative to the watched folder, which is "". */
    folder: text('folder').notNull(),
    /** Size, time and inode (workers/watchers/file-facts.ts). */
    mark: text('mark').notNull(),
  },
  (table) => [primaryKey({ columns: [table.triggerId, table.folderHash, table.name] })],
)
