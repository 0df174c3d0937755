import { json } from '#app/_server/route.ts'
import { web } from '#app/_server/web.ts'
import { readHealth } from '#lib/agents/health.ts'

export const dynamic = 'force-dynamic'

export async function GET(): Promise<Response> {
  const health = await readHealth(web().database.db)
  return json(health, health.status === 'down' ? 503 : 200)
}
