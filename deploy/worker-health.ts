import { hostname } from 'node:os'
import postgres from 'postgres'

// A container's health check: this host's worker has said within 30 s that it lives.

const sql = postgres(process.env.DATABASE_URL ?? '', { max: 1, connect_timeout: 5 })
const [row] = await sql`
  select coalesce(max(heartbeat_at) > now() - interval '30 seconds', false) as alive
  from workers where host = ${hostname()} and stopped_at is null`
await sql.end({ timeout: 2 })
process.exit(row?.alive ? 0 : 1)
