import type { z } from 'zod'
import { browseAnswerSchema } from '#lib/agents/protocol.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page } from '#lib/cursor.ts'
import { parseInput } from '#lib/parse.ts'
import { askFiles, refusalOf } from './ask-files.ts'
import { browseSchema, type FileEntry, type FileWindow, fileWindowSchema } from './schema.ts'

/** One page of a folder, or of what was found in it. Pages that follow are cut from the listing of the first. */
export async function browseEndpoint({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<Page<FileEntry>> {
  requireRole(ctx.actor, 'viewer')
  const { cursor, ...values } = parseInput(browseSchema, input)
  const [listing, at] = cursor ? decodeCursor(cursor, ['id', 'number']) : [null, '0']
  const offset = Number(at)
  const found = await readWindow(ctx, id, { ...values, listing: listing ?? null, offset })
  const end = offset + found.items.length
  const more = end < found.total && found.items.length > 0
  return { items: found.items, nextCursor: more ? encodeCursor([found.listing, String(end)]) : null }
}

/** Any window of it, as the pages ask while a person scrolls. */
export async function listFiles({
  ctx,
  id,
  input,
}: {
  ctx: Context
  id: string
  input: unknown
}): Promise<FileWindow> {
  requireRole(ctx.actor, 'viewer')
  const { listing = null, ...values } = parseInput(fileWindowSchema, input)
  return readWindow(ctx, id, { ...values, listing })
}

type Asked = Omit<z.output<typeof fileWindowSchema>, 'listing'> & { listing: string | null }

async function readWindow(ctx: Context, id: string, asked: Asked): Promise<FileWindow> {
  const { path, q = '', below, ...rest } = asked
  const answer = browseAnswerSchema.parse(
    await askFiles(ctx, id, 'browse', path, { ...rest, q, below: below === 'true' && q !== '' }),
  )
  if (!answer.ok) throw refusalOf(answer)
  const { entries, listing, total, complete } = answer
  return { items: entries, listing, total, complete }
}
