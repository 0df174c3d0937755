import type { Sql } from '#lib/db/client.ts'
import { words } from './fill.ts'

export async function builtinAgentId(sql: Sql): Promise<string> {
  const [agent] = await sql<{ id: string }[]>`select id from agents where kind = 'builtin'`
  return agent!.id
}

/** Forty endpoints by id; the last one is that of which few jobs are. */
export async function makeEndpoints(sql: Sql, agentId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    insert into endpoints (id, name, type, path, agent_id)
    select gen_random_uuid(), case n when 40 then ${words.endpoint} else 'nas-' || n end, 'local', '/srv/' || n, ${agentId}
    from generate_series(1, 40) as n
    returning id, name`
  return rows.map(({ id }) => id)
}
