import { type OAuthAnswer, type OAuthQuestion, oauthAnswerSchema } from '#lib/agents/protocol.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { backendOf } from '#lib/backends/read-backends.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { InvalidError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { pastedToken } from './authorize-line.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { issueAt } from './kinds/kind.ts'
import { findEndpointRow } from './queries.ts'
import { signInSecret } from './seal-settings.ts'
import { isSecretReference } from './secret-references.ts'
import { type SignInStep, signInSchema } from './sign-in-schema.ts'

/**
 * One step of signing in at a service: rclone's next question, or the end. Nothing is kept here between the steps:
 * the state goes to the client and comes back, sealed to the agent.
 */
export async function signIn({ ctx, input }: { ctx: Context; input: unknown }): Promise<SignInStep> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(signInSchema, input)
  const agent = await builtinAgent(ctx.db)
  const { oauth } = await backendOf(ctx.db, agent.id, values.type)
  if (!oauth) throw InvalidError.at('type', 'One signs in at this storage with its settings alone.')
  const owner = ctx.actor.id
  const { type, state } = values
  const asked: OAuthQuestion =
    state === undefined
      ? { step: 'begin', owner, type, ...(await beginning(ctx, values)) }
      : { step: 'answer', owner, type, state, answer: await sealedAnswer(ctx, values.answer) }
  const answer = await ask(ctx, agent.id, asked)
  if (answer.kind !== 'step') throw new InvalidError('The agent gave no answer that fits. Begin again.')
  const { kind: _, ...step } = answer
  return step
}

/** The settings and secrets that a finished sign-in found, the secrets sealed for the endpoint `row`. */
export async function finishSignIn(
  ctx: Context,
  agentId: string,
  { type, row, state }: { type: string; row: string; state: string },
): Promise<{ settings: Record<string, string>; secrets: Record<string, string> }> {
  const answer = await ask(ctx, agentId, { step: 'finish', owner: ctx.actor.id, type, state, row })
  if (answer.kind !== 'finished')
    throw InvalidError.at('signIn', 'This sign-in is not finished. Go on with it.')
  return answer
}

async function ask(ctx: Context, agentId: string, question: OAuthQuestion): Promise<OAuthAnswer> {
  const answer = oauthAnswerSchema.parse(await ctx.ask(agentId, 'oauth', question))
  if (answer.kind === 'refused') {
    throw InvalidError.at(question.step === 'finish' ? 'signIn' : 'state', answer.message)
  }
  return answer
}

async function beginning(ctx: Context, values: ReturnType<typeof signInSchema.parse>) {
  const agent = await builtinAgent(ctx.db)
  const saved = values.endpointId ? (await findEndpointRow(ctx.db, values.endpointId)).endpoint : null
  if (saved && saved.type !== values.type) {
    throw InvalidError.at('endpointId', 'This endpoint is of another kind.')
  }
  // What is sealed stays with the endpoint: it is not needed to ask, and what is asked is shown.
  const before = saved && { id: saved.id, settings: saved.settings, secrets: [] }
  const given = { type: values.type, path: '', settings: values.settings }
  const { settings, secrets } = await checkEndpoint(ctx.db, agent, given, before ?? undefined)
  const reference = Object.entries(values.settings).find((entry) => {
    return typeof entry[1] === 'string' && isSecretReference(entry[1])
  })
  if (reference) {
    const issue = issueAt(
      reference[0],
      'To sign in type it here: the command that you run elsewhere holds it.',
    )
    throw new InvalidError(issue.message, [issue])
  }
  const kept = Object.entries(settings).filter((entry) => !isSecretReference(entry[1]))
  const sealed = Object.entries(secrets).map(async ([name, text]) => {
    return [name, await ctx.seal(signInSecret(ctx.actor.id, name), text)] as const
  })
  return { settings: Object.fromEntries(kept), secrets: Object.fromEntries(await Promise.all(sealed)) }
}

/** A token may be in it. */
async function sealedAnswer(ctx: Context, answer: string | undefined): Promise<string | null> {
  return answer === undefined ? null : ctx.seal(signInSecret(ctx.actor.id, 'answer'), pastedToken(answer))
}
