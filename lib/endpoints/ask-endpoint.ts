import { type BrowseAnswer, browseAnswerSchema } from '#lib/agents/protocol.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { decodeCursor, encodeCursor, type Page } from '#lib/cursor.ts'
import { InvalidError, NotFoundError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { refuseOutsideRoots } from './inside-roots.ts'
import { findEndpointRow } from './queries.ts'
import {
  browseSchema,
  type FileEntry,
  type TestResult,
  testEndpointSchema,
  testResultSchema,
} from './schema.ts'

/** Asks the endpoint's agent whether the storage answers, stage by stage. */
export async function testEndpoint({ ctx, id }: { ctx: Context; id: string }): Promise<TestResult> {
  requireRole(ctx.actor, 'operator')
  const { endpoint, agent } = await findEndpointRow(ctx.db, id)
  const answer = await ctx.ask(endpoint.agentId, 'test', {
    type: endpoint.type,
    root: endpoint.path,
    path: '',
    settings: endpoint.settings,
    roots: agent.roots,
  })
  return testResultSchema.parse(answer)
}

/** The same for settings that are not saved. */
export async function testUnsavedEndpoint({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<TestResult> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(testEndpointSchema, input)
  const agent = await builtinAgent(ctx.db)
  refuseOutsideRoots(values.path, agent.roots)
  const answer = await ctx.ask(agent.id, 'test', {
    type: values.type,
    root: values.path,
    path: '',
    settings: {},
    roots: agent.roots,
  })
  return testResultSchema.parse(answer)
}

/** One page of a folder: folders first, then by name. */
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
  const { path, cursor, limit } = parseInput(browseSchema, input)
  const { endpoint, agent } = await findEndpointRow(ctx.db, id)
  const after = cursor ? Number(decodeCursor(cursor, ['number'])[0]) : 0
  const answer: BrowseAnswer = browseAnswerSchema.parse(
    await ctx.ask(endpoint.agentId, 'browse', {
      type: endpoint.type,
      root: endpoint.path,
      path,
      settings: endpoint.settings,
      roots: agent.roots,
      offset: after,
      limit,
    }),
  )
  if (!answer.ok) {
    if (answer.cause === 'source_missing') throw new NotFoundError(answer.message)
    throw InvalidError.at('path', answer.message)
  }
  return {
    items: answer.entries,
    nextCursor: answer.more ? encodeCursor([String(after + answer.entries.length)]) : null,
  }
}
