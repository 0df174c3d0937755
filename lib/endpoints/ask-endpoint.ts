import type { z } from 'zod'
import { type askedPlaceSchema, testAnswerSchema } from '#lib/agents/protocol.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import type { endpoints } from '#lib/db/schema/endpoints.ts'
import { parseInput } from '#lib/parse.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { refuseUnknownHostKey } from './host-keys.ts'
import { keepTestResult } from './keep-health.ts'
import { findEndpointRow } from './queries.ts'
import { type TestResult, testEndpointSchema, testResultSchema, testSavedSchema } from './schema.ts'
import { sealSettings } from './seal-settings.ts'
import { readWrapped, storedPlace } from './sides.ts'
import { finishSignIn } from './sign-in.ts'

/** Asks the endpoint's agent whether the storage answers, stage by stage. */
export async function testEndpoint({
  ctx,
  id,
  input = {},
}: {
  ctx: Context
  id: string
  input?: unknown
}): Promise<TestResult> {
  requireRole(ctx.actor, 'operator')
  const { write } = parseInput(testSavedSchema, input)
  const { endpoint, agent } = await findEndpointRow(ctx.db, id)
  const place = await askedPlace(ctx, endpoint, agent.roots)
  const answer = testAnswerSchema.parse(await ctx.ask(endpoint.agentId, 'test', { ...place, write }))
  await keepTestResult(ctx, id, answer)
  return testResultSchema.parse(answer)
}

/** The same for settings that are not saved; secrets that are not given are those of the endpoint that is named. */
export async function testUnsavedEndpoint({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<TestResult> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(testEndpointSchema, input)
  const saved = values.endpointId ? (await findEndpointRow(ctx.db, values.endpointId)).endpoint : null
  const agent = await builtinAgent(ctx.db)
  const type = saved?.type ?? values.type
  const row = saved?.id ?? 'unsaved'
  const state = values.signIn
  const signed = state ? await finishSignIn(ctx, agent.id, { type, row, state }) : null
  const before = saved && {
    id: saved.id,
    settings: saved.settings,
    secrets: Object.keys(saved.secrets).filter((name) => !(name in (signed?.secrets ?? {}))),
  }
  const { path, settings, secrets, kept, wrapped } = await checkEndpoint(
    ctx.db,
    agent,
    { type, path: values.path, settings: { ...signed?.settings, ...values.settings } },
    before ?? undefined,
  )
  await refuseUnknownHostKey(ctx, agent.id, type, settings)
  // What is not kept in a row is kept by whoever asks.
  const isLoose = saved === null || state !== undefined || 'token' in secrets
  const answer = await ctx.ask(agent.id, 'test', {
    ...{ row, type, root: path, path: '', settings, wrapped, roots: agent.roots, deleted: false },
    secrets: {
      ...Object.fromEntries(kept.map((option) => [option, saved!.secrets[option]!])),
      ...(await sealSettings(ctx, row, secrets)),
      ...signed?.secrets,
    },
    write: values.write,
    signIn: isLoose ? { owner: ctx.actor.id, state: state ?? null } : null,
  })
  return testResultSchema.parse(answer)
}

/** The root of an endpoint as its agent is asked about it. */
export async function askedPlace(
  ctx: Context,
  endpoint: typeof endpoints.$inferSelect,
  roots: string[] | null,
): Promise<z.infer<typeof askedPlaceSchema>> {
  const wrapped = (await readWrapped(ctx.db, endpoint.settings)) ?? []
  return { ...storedPlace(endpoint), path: '', wrapped, roots }
}
