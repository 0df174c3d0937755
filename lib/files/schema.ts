import { z } from 'zod'
import { relativePathSchema, searchSchema } from '#lib/jobs/schema.ts'

// Browser-safe: the shapes of what is asked about an endpoint's files, and of the answers.

export const fileEntrySchema = z.object({
  name: z.string(),
  path: z.string().meta({ description: "Relative to the endpoint's root." }),
  size: z.number().meta({ description: 'Bytes; 0 for a folder.' }),
  isFolder: z.boolean(),
  modifiedAt: z.iso.datetime().nullable(),
})
export type FileEntry = z.infer<typeof fileEntrySchema>

/** Folders come first in each. */
export const fileSorts = ['name', '-name', 'size', '-size', 'modifiedAt', '-modifiedAt'] as const
export type FileSort = (typeof fileSorts)[number]

const asked = {
  path: relativePathSchema.default(''),
  q: searchSchema.optional().meta({ description: 'Part of a name, whatever its case.' }),
  below: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'With `q`: look in the folders below as well, to a bound.' }),
  sort: z.enum(fileSorts).default('name').meta({ description: 'Folders come first; `-` turns it round.' }),
}

export const browseSchema = z.strictObject({
  ...asked,
  cursor: z.string().max(2000).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

/** As the pages ask: any window of a listing, wherever its scroll bar was dragged to. */
export const fileWindowSchema = z.strictObject({
  ...asked,
  listing: z.uuid().optional(),
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

export type FileWindow = {
  items: FileEntry[]
  /** Names what the window was cut from; sent along, the next one is cut from the same. */
  listing: string
  total: number
  /** False where a search below ended at its bounds. */
  complete: boolean
}

/** A path that is not the endpoint's own root. */
export const belowRootSchema = relativePathSchema.refine((path) => path !== '', {
  error: 'Name a file or folder inside the endpoint.',
})

export const makeFolderSchema = z.strictObject({ path: belowRootSchema })
export const renameSchema = z.strictObject({
  from: belowRootSchema,
  to: belowRootSchema.meta({ description: 'Its new path in the same endpoint; taken ones are refused.' }),
})

const yesNo = z.enum(['true', 'false']).default('false')

export const deleteFilesSchema = z.strictObject({
  path: belowRootSchema,
  recursive: yesNo.meta({ description: 'A folder with all it holds; without it only an empty one goes.' }),
})

export const countFilesSchema = z.strictObject({ path: relativePathSchema.default('') })

export const countSchema = z.object({
  files: z.number(),
  folders: z.number().meta({ description: 'Below it; it is not counted itself.' }),
  bytes: z.number(),
  exact: z.boolean().meta({ description: 'False: counting ended at its bounds, there are more.' }),
})
export type FileCount = z.infer<typeof countSchema>

export const downloadSchema = z.strictObject({ path: belowRootSchema })

export const uploadSchema = z.strictObject({
  path: belowRootSchema,
  overwrite: yesNo.meta({ description: 'Replace a file of that name; without it a taken name is refused.' }),
})

export const filePathSchema = z.object({ path: z.string() })
export const uploadedSchema = z.object({ path: z.string(), size: z.number() })
export type Uploaded = z.infer<typeof uploadedSchema>
