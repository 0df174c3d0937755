import { passageAnswerSchema, type Refused } from '#lib/agents/protocol.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { parseInput } from '#lib/parse.ts'
import { askFiles, refusalOf } from './ask-files.ts'
import { audited } from './do-deed.ts'
import { downloadSchema, type Uploaded, uploadSchema } from './schema.ts'

/** Where a worker lets one request through, once, within a minute. */
export type Passage = { socket: string; ticket: string }

type Call = { ctx: Context; id: string; input: unknown }

/**
 * Lets a person fetch a file: `open` begins the passage and answers once its head is there. Audited at its begin:
 * whether all bytes arrived only the receiver knows.
 */
export async function downloadFile<T>({
  ctx,
  id,
  input,
  open,
}: Call & { open: (passage: Passage, path: string) => Promise<T | Refused> }): Promise<T> {
  requireRole(ctx.actor, 'operator')
  const { path } = parseInput(downloadSchema, input)
  return audited(ctx, id, 'file.download', { path }, async () => {
    const passage = await askPassage(ctx, id, path, { way: 'download', overwrite: false })
    return settled(await open(passage, path))
  })
}

/** Puts a file: `send` passes the bytes on and answers when the file is in its place, or why it is not. */
export async function uploadFile({
  ctx,
  id,
  input,
  send,
}: Call & { send: (passage: Passage) => Promise<{ size: number } | Refused> }): Promise<Uploaded> {
  requireRole(ctx.actor, 'operator')
  const { path, overwrite } = parseInput(uploadSchema, input)
  const detail = { path, ...(overwrite === 'true' && { overwrite: true }) }
  return audited(ctx, id, 'file.upload', detail, async () => {
    const passage = await askPassage(ctx, id, path, { way: 'upload', overwrite: overwrite === 'true' })
    const { size } = settled(await send(passage))
    return { path, size }
  })
}

async function askPassage(ctx: Context, id: string, path: string, more: object): Promise<Passage> {
  const answer = passageAnswerSchema.parse(await askFiles(ctx, id, 'passage', path, more))
  if (!answer.ok) throw refusalOf(answer)
  return answer
}

function settled<T>(answer: T | Refused): T {
  if (isRefused(answer)) throw refusalOf(answer)
  return answer
}

function isRefused(answer: unknown): answer is Refused {
  return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === false
}
