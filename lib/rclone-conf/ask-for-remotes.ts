import { isNull } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { z } from 'zod'
import type { Context } from '#lib/context.ts'
import type { Db } from '#lib/db/client.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { InvalidError } from '#lib/errors.ts'
import type { Existing } from './plan-remotes.ts'
import { configSecret, type ReadRemote, readConfigAnswerSchema } from './protocol.ts'
import type { importSchema } from './schema.ts'

/** Each costs the agent a sealing and the database a row, all in one transaction. */
const MOST_REMOTES = 500

/**
 * The remotes of the file, as the agent reads them. Throws InvalidError at `text`, `password` or `agentFile`.
 */
export async function askForRemotes(
  ctx: Pick<Context, 'ask' | 'seal'>,
  agentId: string,
  values: z.output<typeof importSchema>,
  existing: readonly Existing[],
): Promise<ReadRemote[]> {
  const { text, agentFile, password } = values
  if ((text === undefined) === (agentFile === undefined)) {
    throw InvalidError.at(
      'text',
      'Give either the text of an rclone.conf or the name of a file of the agent.',
    )
  }
  const row = v7()
  const answer = readConfigAnswerSchema.parse(
    await ctx.ask(agentId, 'readConfig', {
      row,
      text: text === undefined ? null : await ctx.seal(configSecret(row, 'text'), text),
      file: agentFile ?? null,
      password: password === undefined ? null : await ctx.seal(configSecret(row, 'password'), password),
      rows: replacedRows(values.choices, existing),
    }),
  )
  if (!answer.ok) throw InvalidError.at(answer.at, answer.message)
  if (answer.remotes.length === 0) {
    throw InvalidError.at(text === undefined ? 'agentFile' : 'text', 'There is no remote in it.')
  }
  if (answer.remotes.length > MOST_REMOTES) {
    throw InvalidError.at('text', `At most ${MOST_REMOTES} remotes are taken at a time.`)
  }
  return answer.remotes
}

/** Secrets are sealed for the row they will stand in. */
function replacedRows(
  choices: z.output<typeof importSchema>['choices'],
  existing: readonly Existing[],
): Record<string, string> {
  const rows = Object.entries(choices).flatMap(([remote, { action, name = remote }]) => {
    const there = existing.find((one) => one.name.toLowerCase() === name.toLowerCase())
    return action === 'replace' && there ? [[remote, there.id] as const] : []
  })
  return Object.fromEntries(rows)
}

export function existingEndpoints(db: Db): Promise<Existing[]> {
  return db
    .select({ id: endpoints.id, name: endpoints.name, type: endpoints.type, path: endpoints.path })
    .from(endpoints)
    .where(isNull(endpoints.deletedAt))
}
