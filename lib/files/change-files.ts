import { fileDeedAnswerSchema } from '#lib/agents/protocol.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createElsewhereOnce } from '#lib/creation.ts'
import { parseInput } from '#lib/parse.ts'
import { askFiles, refusalOf } from './ask-files.ts'
import { doDeed } from './do-deed.ts'
import {
  countFilesSchema,
  deleteFilesSchema,
  type FileCount,
  makeFolderSchema,
  renameSchema,
} from './schema.ts'

type Call = { ctx: Context; id: string; input: unknown }

/** Makes a folder. Throws ConflictError where the name is taken or the storage keeps no empty folder. */
export async function makeFolder({ ctx, id, input }: Call): Promise<{ path: string }> {
  requireRole(ctx.actor, 'operator')
  const { path } = parseInput(makeFolderSchema, input)
  return createElsewhereOnce(ctx, 'makeFolder', { id, path }, async () => {
    await doDeed(ctx, id, path, { do: 'makeFolder' })
    return { path }
  })
}

/** Gives a file or folder another path in its endpoint. Throws ConflictError where that is taken. */
export async function renameFile({ ctx, id, input }: Call): Promise<{ path: string }> {
  requireRole(ctx.actor, 'operator')
  const { from, to } = parseInput(renameSchema, input)
  await doDeed(ctx, id, from, { do: 'rename', to }, 'from')
  return { path: to }
}

/** Deletes a file or a folder. Throws ConflictError for a folder that holds something, unless `recursive` is asked. */
export async function deleteFiles({ ctx, id, input }: Call): Promise<void> {
  requireRole(ctx.actor, 'operator')
  const { path, recursive } = parseInput(deleteFilesSchema, input)
  await doDeed(ctx, id, path, { do: 'delete', recursive: recursive === 'true' })
}

/** How much a file or folder holds, counted to a bound: what a person is told before it is deleted. */
export async function countFiles({ ctx, id, input }: Call): Promise<FileCount> {
  requireRole(ctx.actor, 'viewer')
  const { path } = parseInput(countFilesSchema, input)
  const answer = fileDeedAnswerSchema.parse(
    await askFiles(ctx, id, 'fileDeed', path, { deed: { do: 'count' } }),
  )
  if (!answer.ok) throw refusalOf(answer)
  return answer.count!
}
