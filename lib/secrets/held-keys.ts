import { and, gt, isNull, sql } from 'drizzle-orm'
import { AWAY_AFTER_SECONDS, findBuiltinAgent } from '#lib/agents/queries.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { workers } from '#lib/db/schema/agents.ts'

/** Why nobody could open what is sealed to this key, as a sentence that says what to do, or null. */
export async function whyNobodyOpens(db: Db | Tx, keyId: string): Promise<string | null> {
  const agent = await findBuiltinAgent(db)
  // Before the first worker nobody can say.
  if (!agent || (await isHeld(db, agent, keyId))) return null
  return (
    `Nothing secret is taken now: this web seals to the key ${keyId} of its FILE_ORBIT_PUBLIC_KEY, which no worker ` +
    'can open. `file-orbit secrets public-key` on the machine of the worker prints the right one; set it for the web ' +
    'and restart the web. Where `npm start` runs both, restart it.'
  )
}

async function isHeld(
  db: Db | Tx,
  agent: { id: string; keyId: string | null },
  keyId: string,
): Promise<boolean> {
  const said = (await runningWorkers(db)).flatMap(({ keyIds }) => (keyIds ? [keyIds] : []))
  // While all are away, what the last one said.
  if (said.length === 0) return agent.keyId === null || agent.keyId === keyId
  return said.some((keyIds) => keyIds.includes(keyId))
}

/** Workers that run and do not hold this key, or never said so; each as `host, process 123`. */
export async function workersWithout(db: Db | Tx, keyId: string): Promise<string[]> {
  const without = (await runningWorkers(db)).filter(({ keyIds }) => !keyIds?.includes(keyId))
  return without.map(({ host, pid }) => `${host}, process ${pid}`)
}

async function runningWorkers(db: Db | Tx) {
  const since = sql`now() - make_interval(secs => ${AWAY_AFTER_SECONDS})`
  return db
    .select({ host: workers.host, pid: workers.pid, keyIds: workers.keyIds })
    .from(workers)
    .where(and(isNull(workers.stoppedAt), gt(workers.heartbeatAt, since)))
}
