import type { Refused } from '#lib/agents/protocol.ts'
import type { Context } from '#lib/context.ts'
import type { QuestionKind } from '#lib/db/schema/agents.ts'
import { askedPlace } from '#lib/endpoints/ask-endpoint.ts'
import { findEndpointRow } from '#lib/endpoints/queries.ts'
import { ConflictError, DomainError, InvalidError, NotFoundError, UnavailableError } from '#lib/errors.ts'

/** Asks the agent of an endpoint about one of its paths. Throws NotFoundError for an endpoint that is not there. */
export async function askFiles(
  ctx: Context,
  id: string,
  kind: QuestionKind,
  path: string,
  more: object,
): Promise<unknown> {
  const { endpoint, agent } = await findEndpointRow(ctx.db, id)
  const place = await askedPlace(ctx, endpoint, agent.roots)
  return ctx.ask(endpoint.agentId, kind, { ...place, path, ...more })
}

/** The agent's refusal as every client knows refusals. `field` is where the path was given. */
export function refusalOf({ cause, message }: Refused, field = 'path'): DomainError {
  switch (cause) {
    case 'source_missing':
    case 'source_changed':
      return new NotFoundError(message)
    case 'taken':
    case 'not_empty':
    case 'cannot':
      return new ConflictError(message)
    case 'listing':
    case 'busy':
    case 'network':
    case 'silent':
    case 'ticket':
    case 'cut':
      return new UnavailableError(message)
    case 'too_large':
      return new DomainError('too_large', message)
    default:
      return InvalidError.at(field, message)
  }
}
