import { z } from 'zod'

// Browser-safe: what a storage can do and how full it is, as its rclone told at the last test that passed.

export const storageFactsSchema = z.object({
  /** Bytes; null where the storage does not say. */
  space: z
    .object({ total: z.number().nullable(), used: z.number().nullable(), free: z.number().nullable() })
    .nullable(),
  features: z.object({
    hashes: z.array(z.string()),
    serverSideCopy: z.boolean(),
    serverSideMove: z.boolean(),
    folderMove: z.boolean(),
    emptyFolders: z.boolean(),
    caseInsensitive: z.boolean(),
    /** What modification times are rounded to; null where the storage keeps none of its own. */
    timePrecisionMs: z.number().nullable(),
  }),
})
export type StorageFacts = z.infer<typeof storageFactsSchema>
