import { type Deed, type FileDeedAnswer, fileDeedAnswerSchema } from '#lib/agents/protocol.ts'
import type { FileAction } from '#lib/audit/actions.ts'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import { findEndpointRow } from '#lib/endpoints/queries.ts'
import { DomainError } from '#lib/errors.ts'
import { askFiles, refusalOf } from './ask-files.ts'

/**
 * Has the agent change a path. The storage is no part of our transaction: the row of the audit is written before, so
 * that no deed is without one, and a refusal gets a second one.
 */
export async function doDeed(
  ctx: Context,
  id: string,
  path: string,
  deed: Exclude<Deed, { do: 'count' }>,
  field?: string,
): Promise<void> {
  const action = actions[deed.do]
  const detail = {
    path,
    ...('to' in deed && { to: deed.to }),
    ...('recursive' in deed && deed.recursive && { recursive: true }),
  }
  await audited(ctx, id, action, detail, async () => {
    const answer: FileDeedAnswer = fileDeedAnswerSchema.parse(
      await askFiles(ctx, id, 'fileDeed', path, { deed }),
    )
    if (!answer.ok) throw refusalOf(answer, field)
  })
}

const actions = { makeFolder: 'file.make_folder', rename: 'file.rename', delete: 'file.delete' } as const

/** Writes who is about to do what, does it, and writes what came in between. */
export async function audited<T>(
  ctx: Context,
  id: string,
  action: FileAction,
  detail: Record<string, unknown>,
  run: () => Promise<T>,
): Promise<T> {
  const { endpoint } = await findEndpointRow(ctx.db, id)
  const whole = { endpoint: endpoint.name, ...detail }
  await ctx.db.transaction((tx) => recordAudit(tx, ctx.actor, { action, subjectId: id, detail: whole }))
  try {
    return await run()
  } catch (error) {
    const failed = error instanceof DomainError ? error.message : 'It failed inside.'
    const entry = { action: `${action}.failed` as const, subjectId: id, detail: { ...whole, failed } }
    await ctx.db.transaction((tx) => recordAudit(tx, ctx.actor, entry))
    throw error
  }
}
