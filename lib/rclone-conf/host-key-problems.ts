import type { Context } from '#lib/context.ts'
import { refuseUnknownHostKey } from '#lib/endpoints/host-keys.ts'
import { InvalidError, UnavailableError } from '#lib/errors.ts'
import type { PlannedItem } from './plan-remotes.ts'

/** Each is waited for as long as any question; a second round would not fit into the time a request has. */
const AT_ONCE = 100

/**
 * Adds to each SFTP server that is to be made without a host key what it shows, for a person to accept: rclone itself
 * would sign in to whoever answers.
 */
export async function hostKeyProblems(
  ctx: Pick<Context, 'ask'>,
  agentId: string,
  items: readonly PlannedItem[],
): Promise<void> {
  const asked = items.filter(({ action, type }) => action !== 'skip' && type === 'sftp')
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    await Promise.all(asked.slice(at, at + AT_ONCE).map((item) => addProblem(ctx, agentId, item)))
  }
}

async function addProblem(ctx: Pick<Context, 'ask'>, agentId: string, item: PlannedItem): Promise<void> {
  const texts = Object.entries(item.settings).filter(([, value]) => typeof value === 'string')
  try {
    await refuseUnknownHostKey(ctx, agentId, item.type, Object.fromEntries(texts) as Record<string, string>)
  } catch (error) {
    if (error instanceof InvalidError) item.problems.push(...error.issues)
    else if (error instanceof UnavailableError) {
      item.problems.push({ path: 'settings.host', message: error.message })
    } else throw error
  }
}
