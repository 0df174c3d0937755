import { type HostKeyAnswer, hostKeyAnswerSchema } from '#lib/agents/protocol.ts'
import type { Context } from '#lib/context.ts'
import { type FieldIssue, InvalidError } from '#lib/errors.ts'
import { kindOf } from './kinds/kinds.ts'

/**
 * Refuses an SFTP endpoint without host keys: asks the agent what the server shows, and gives its fingerprint, for a
 * person to compare, with the value that accepts it. No name and no password is sent to the server for that.
 */
export async function refuseUnknownHostKey(
  ctx: Pick<Context, 'ask'>,
  agentId: string,
  type: string,
  settings: Record<string, string>,
): Promise<void> {
  if (type !== 'sftp' || settings.host_keys) return
  const address = kindOf(type).address?.(settings)
  if (!address) return
  const answer: HostKeyAnswer = hostKeyAnswerSchema.parse(
    await ctx.ask(agentId, 'hostKey', { host: address.host, port: address.port }),
  )
  if (!answer.ok)
    throw InvalidError.at(answer.at === 'port' ? 'settings.port' : 'settings.host', answer.message)
  const { fingerprint, value } = answer
  const message =
    `The server at ${address.host}:${address.port} shows the host key ${fingerprint}. Compare it with the ` +
    `server’s own (ssh-keygen -lf on it), then accept it: send host_keys "${value}".`
  const issue: FieldIssue = { path: 'settings.host_keys', message, fingerprint, value }
  throw new InvalidError(message, [issue])
}
