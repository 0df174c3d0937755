import type { Sql } from '#lib/db/client.ts'

export type Amount = { jobs: number; files: number; heavyFiles: number }

/** What the measurements ask for by name. */
export const words = {
  often: 'project',
  rare: 'zanzibar',
  never: 'qwertzuiop',
  endpoint: 'tape-vault',
} as const

/** Jobs that hold the rare word, and those of the rare endpoint: as many however many jobs there are. */
const RARE = 20

/** A year, its newest job a minute old. */
const MONTHS = 12
const JOBS_A_BATCH = 100_000

/**
 * Writes a year of finished jobs with their attempts, files, logs and audit rows, a few paused ones, and one job
 * with `heavyFiles` files in its middle; then lets PostgreSQL look at it. Rows lie as they would: in the order of time.
 */
export async function fill(
  sql: Sql,
  { jobs, files, heavyFiles }: Amount,
): Promise<{ heavy: string; old: string }> {
  const endpoints = await makeEndpoints(sql)
  await sql`
    select ensure_month_partition(parent, now() - ago * interval '1 month')
    from unnest(array['transfers', 'log_chunks']) as parent, generate_series(0, ${MONTHS}::int) as ago`
  const rareEvery = Math.floor(jobs / RARE)
  const heavyAt = Math.floor(jobs / 2)
  const filesAJob = Math.round((files - heavyFiles) / jobs)
  for (let from = 1; from <= jobs; from += JOBS_A_BATCH) {
    const to = Math.min(jobs, from + JOBS_A_BATCH - 1)
    await sql.begin(async (tx) => {
      await tx`
        create temp table made on commit drop as
        select n, at, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3)
            || 'a' || substr(h, 4, 15))::uuid as id, h,
          case when n = ${heavyAt}::int then ${heavyFiles}::int
            else greatest(1, (2 * ${filesAJob}::int * ((n * 7919) % 101) / 100.0)::int) end as files,
          case when n % 100 < 5 then 'failed' when n % 100 < 8 then 'cancelled' else 'completed' end as state,
          (${endpoints}::uuid[])[1 + floor(39 * power(((n * 104729) % 1000) / 1000.0, 2))::int] as source,
          (${endpoints}::uuid[])[(1 + (n * 31) % 39)::int] as destination
        from (select n, md5(n::text) as h,
            now() - interval '1 minute' - (${jobs}::int - n) * (${MONTHS} * interval '30 days' / ${jobs}::int) as at
          from generate_series(${from}::bigint, ${to}::bigint) as n) as s`
      await tx`update made set source = (${endpoints}::uuid[])[40] where n % ${rareEvery}::int = 3`
      // A person paused a few, lately and long ago.
      await tx`update made set state = 'paused', files = 0 where n % ${rareEvery}::int = 11`
      await tx`
        insert into jobs (id, state, operation, source_endpoint_id, source_path, destination_endpoint_id,
          destination_path, bytes, total_bytes, files, total_files, failed_files, error_cause, error_message,
          created_by, created_at, started_at, finished_at, updated_at)
        select id, state, 'copy', source,
          case when n % ${rareEvery}::int = 7 then ${words.rare} || '/' else '' end
            || case n % 2 when 0 then ${`${words.often}s/`} else 'rushes/' end
            || (array['north','harbour','meridian','atlas','lumen','quarry'])[(1 + n % 6)::int] || '/'
            || to_char(at, 'YYYY-MM') || '/day' || extract(day from at) || '/card-' || substr(h, 1, 6),
          destination, 'vault/' || to_char(at, 'YYYY') || '/' || substr(h, 7, 8),
          files::bigint * 4096, files::bigint * 4096, files, files, case state when 'failed' then 1 else 0 end,
          case state when 'failed' then 'network' end, case state when 'failed' then 'The connection was reset.' end,
          'operator@studio.example', at, at, case state when 'paused' then null else at + interval '20 seconds' end,
          at + interval '20 seconds'
        from made order by n`
      await tx`
        insert into attempts (id, job_id, number, state, epoch, base_bytes, base_files, created_at, started_at,
          finished_at)
        select overlay(id::text placing 'b' from 20 for 1)::uuid, id, 1,
          case state when 'paused' then 'cancelled' else state end, 1, 0, 0, at, at, at + interval '20 seconds'
        from made order by n`
      await tx`
        insert into audit_entries (id, at, actor_type, actor_id, actor_label, action, subject_id, detail)
        select overlay(id::text placing '9' from 20 for 1)::uuid, at, 'user', 'operator', 'operator@studio.example',
          'job.create', id, jsonb_build_object('operation', 'copy', 'source', 'nas:rushes/' || h)
        from made order by n`
      await tx`
        insert into transfers (job_id, path, size, state, action, attempt, cause, message, finished_at)
        select id, 'clips/' || (f / 100) || '/A' || lpad(f::text, 7, '0') || '_' || substr(h, 1, 8) || '.mov', 4096,
          case when f = 1 and state = 'failed' then 'failed' when f % 50000 = 9 then 'cancelled' else 'completed' end,
          'copied', 1, case when f = 1 and state = 'failed' then 'network' end,
          case when f = 1 and state = 'failed' then 'The connection was reset.' end, at + interval '10 seconds'
        from made cross join lateral generate_series(1, made.files) as f order by n, f`
      await tx`
        insert into log_chunks (job_id, seq, attempt, lines, body, at)
        select id, c, 1, 200, body, at
        from made cross join lateral generate_series(1, greatest(1, made.files / 200)) as c
        cross join lateral (select string_agg('{"at":"2026-11-21T10:00:00.000Z","level":"info","message":"Copied (new)",'
          || '"path":"clips/' || c || '/A' || l || '_' || substr(h, 1, 8) || '.mov"}', E'\n') as body
          from generate_series(1, least(200, made.files)) as l) as b
        where made.files > 0 order by n, c`
    })
  }
  await sql`vacuum (analyze)`
  const [heavy] = await sql<{ id: string }[]>`select id from jobs order by files desc limit 1`
  const [old] = await sql<{ id: string }[]>`select id from jobs where files > 0 order by id offset 20 limit 1`
  return { heavy: heavy!.id, old: old!.id }
}

/** Forty by id; the last one is that of which few jobs are. */
async function makeEndpoints(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    insert into endpoints (id, name, type, path, agent_id)
    select gen_random_uuid(), case n when 40 then ${words.endpoint} else 'nas-' || n end, 'local', '/srv/' || n, agents.id
    from agents cross join generate_series(1, 40) as n where agents.kind = 'builtin'
    returning id`
  return rows.map(({ id }) => id)
}
