import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { Ends } from './ends.ts'
import { percentile } from './figures.ts'
import { endpoint } from './jobs.ts'
import { treeOf } from './processes.ts'
import type { Row } from './scene.ts'
import type { Stage } from './stage.ts'

const SCHEDULES = 10_000
/** From the moment the messages are written until they are due. */
const AHEAD_MS = 15_000
const LOOK_MS = 20

/**
 * Ten thousand schedules due in the same second, over the stage's own worker, which carries out their jobs meanwhile: while
 * the stream of all jobs is open, as in a page, and while nobody looks; each twice. When a firing is there is seen from
 * outside, by another connection.
 */
export async function schedules(stage: Stage): Promise<Row[]> {
  const from = join(stage.files, 'schedules-from')
  await mkdir(from)
  await writeFile(join(from, 'f'), 'x')
  const source = await endpoint(stage, 'schedules-from', from)
  const destination = await endpoint(stage, 'schedules-to', join(stage.files, 'schedules-to'))
  const sql = postgres(stage.databaseUrl, { max: 2, onnotice: () => {} })
  const figures: Record<'open' | 'nobody', string[]> = { open: [], nobody: [] }
  try {
    for (const [round, looks] of (['open', 'nobody', 'open', 'nobody'] as const).entries()) {
      if (looks === 'nobody') stage.ends.close()
      figures[looks].push(await burst(stage, sql, { source, destination, round }))
      if (looks === 'nobody') stage.ends = await Ends.open(stage.origin, stage.key)
    }
  } finally {
    await sql.end()
  }
  const what = '10,000 schedules due in the same second: due → firing and job are there'
  const reach = 'each once, within 2 s'
  return [
    { what, figure: figures.nobody.join('; then '), reach },
    { what: 'the same while a stream of all jobs is open', figure: figures.open.join('; then '), reach },
  ]
}

async function burst(
  stage: Stage,
  sql: postgres.Sql,
  { source, destination, round }: { source: string; destination: string; round: number },
): Promise<string> {
  const due = new Date(Math.ceil((Date.now() + AHEAD_MS) / 1000) * 1000)
  await plant(sql, { source, destination, due, round })
  const seen: { after: number; fired: number }[] = []
  await sleep(due.getTime() - Date.now() - 500)
  const before = processorTimes(stage)
  for (let fired = 0; fired < SCHEDULES; ) {
    const [row] = await sql<
      { fired: number }[]
    >`select count(*)::int as fired from firings where due_at = ${due}`
    fired = row!.fired
    const after = Date.now() - due.getTime()
    if (fired > (seen.at(-1)?.fired ?? 0)) seen.push({ after, fired })
    if (after > 120_000) break
    await sleep(LOOK_MS)
  }
  const spent = processorTimes(stage).map(([who, time], at) => `${who} ${(time - before[at]![1]).toFixed(1)}`)
  const lateness = seen.flatMap(({ after, fired }, at) =>
    Array<number>(fired - (seen[at - 1]?.fired ?? 0)).fill(after),
  )
  // A second round of messages: nothing may come of it.
  await sleep(3000)
  const [counts] = await sql<{ firings: number; jobs: number; states: number }[]>`
    select count(*)::int as firings, count(j.id)::int as jobs, (count(*) filter (where f.state = 'fired'))::int as states
    from firings f left join jobs j on j.template_id = f.template_id where f.due_at = ${due}`
  await sql`update templates set enabled = false`
  await dropWaiting(sql)
  const { firings, jobs, states } = counts!
  const at = (share: number) => percentile(lateness, share)
  return `all ${lateness.at(-1) ?? 0} ms, median ${at(0.5)}, 95 % ${at(0.95)}; ${firings} firings (${states} fired), ${jobs} jobs; processor seconds: ${spent.join(', ')}`
}

/** What was made only to be counted must not run under the next scene. */
async function dropWaiting(sql: postgres.Sql): Promise<void> {
  await sql`delete from pgboss.job where name = 'attempts'`
  await sql`
    with dropped as (
      update jobs set state = 'cancelled', finished_at = now() where trigger = 'schedule' and state = 'queued'
      returning id)
    update attempts set state = 'cancelled', finished_at = now()
    where state = 'queued' and job_id in (select id from dropped)`
}

/** Of each kind of process, until now. */
function processorTimes(stage: Stage): [string, number][] {
  const all = treeOf(stage.parent.pid!)
  const of = (text: string) =>
    all.filter(({ command }) => command.includes(text)).reduce((sum, one) => sum + one.cpuSeconds, 0)
  return [
    ['worker', of('workers/main')],
    ['PostgreSQL', of('postgres')],
    ['all', all.reduce((sum, one) => sum + one.cpuSeconds, 0)],
    ['rclone', of('rclone rcd')],
  ]
}

async function plant(
  sql: postgres.Sql,
  { source, destination, due, round }: { source: string; destination: string; due: Date; round: number },
): Promise<void> {
  const name = `bench ${round}`
  const settings = JSON.stringify({
    ...{ type: 'schedule', cron: '@yearly', timeZone: 'Europe/Berlin', missed: 'once', overlap: 'skip' },
    ...{ jitterSeconds: 0, blackout: [], pausedUntil: null },
  })
  await sql`
    insert into templates (id, name, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, created_by)
    select gen_random_uuid(), ${name}::text || ' ' || n, 'copy', ${source}, '', ${destination}, 'd' || n, 'bench'
    from generate_series(1, ${SCHEDULES}) n`
  await sql`
    insert into triggers (id, template_id, type, settings, next_due_at)
    select gen_random_uuid(), id, 'schedule', ${settings}::text::jsonb, ${due} from templates where name like ${`${name} %`}`
  await sql`
    insert into pgboss.job (name, data, start_after, keep_until, retry_limit, expire_seconds, deletion_seconds, policy)
    select 'firings', jsonb_build_object('triggerId', t.id, 'dueAt', ${due.toISOString()}::text), ${due},
      now() + interval '1 day', q.retry_limit, q.expire_seconds, q.deletion_seconds, q.policy
    from triggers t, pgboss.queue q where q.name = 'firings' and t.next_due_at = ${due}`
}
