import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'

/** A call that is to be made now, and what it says. */
export type Ping = {
  triggerId: string
  dueAt: string
  url: string
  tries: number
  body: { template: string; dueAt: string; state: string; jobId: string | null }
}

export type PingOutcome = { status: number } | { error: string }

/** Seconds until the next try, after each that failed. Then it is given up. */
const BACK_OFF = [5, 30, 180]
/** Longer than a call may take: a worker that dies in the middle of one leaves it to the next. */
const LEASE_SECONDS = 60

/** Takes up to `count` calls that are due; each is somebody else's again when its lease has run out. */
export async function takePings({ ctx, count }: { ctx: Context; count: number }): Promise<Ping[]> {
  requireAgent(ctx.actor)
  const rows = await ctx.db.execute<{
    triggerId: string
    dueAt: string
    url: string | null
    tries: number
    template: string
    state: string
    jobId: string | null
  }>(sql`
    with due as (
      select trigger_id, due_at from firings where ping_at <= now() order by ping_at limit ${count}
      for update skip locked
    )
    update firings f set
      ping_at = case when t.settings->>'pingUrl' is null then null
        else now() + make_interval(secs => ${LEASE_SECONDS}) end,
      ping = jsonb_build_object('tries', coalesce((f.ping->>'tries')::int, 0) + 1, 'at', now())
    from due, triggers t, templates m
    where f.trigger_id = due.trigger_id and f.due_at = due.due_at and t.id = f.trigger_id and m.id = f.template_id
    returning f.trigger_id as "triggerId", f.due_at::text as "dueAt", t.settings->>'pingUrl' as url,
      (f.ping->>'tries')::int as tries, m.name as template, f.state, f.job_id as "jobId"`)
  return rows.flatMap(({ url, triggerId, tries, template, state, jobId, ...row }) => {
    if (url === null) return []
    const dueAt = new Date(row.dueAt).toISOString()
    return [{ triggerId, dueAt, url, tries, body: { template, dueAt, state, jobId } }]
  })
}

/** Keeps what came of a call; one that failed is made again, three times at most. */
export async function endPing({
  ctx,
  ping: { triggerId, dueAt, tries },
  outcome,
}: {
  ctx: Context
  ping: Ping
  outcome: PingOutcome
}): Promise<void> {
  requireAgent(ctx.actor)
  const isDone = 'status' in outcome && outcome.status >= 200 && outcome.status < 300
  const wait = isDone ? undefined : BACK_OFF[tries - 1]
  const why = 'error' in outcome ? outcome.error : `It answered with status ${outcome.status}.`
  const health =
    isDone || wait !== undefined
      ? null
      : { state: 'warn', message: `The ping URL could not be called. ${why}`, at: new Date() }
  await ctx.db.transaction(async (tx) => {
    await tx.execute(sql`
      update firings set ping_at = ${wait === undefined ? null : sql`now() + make_interval(secs => ${wait})`},
        ping = ping || ${JSON.stringify(outcome)}::text::jsonb || jsonb_build_object('at', now())
      where trigger_id = ${triggerId} and due_at = ${dueAt}::timestamptz and (ping->>'tries')::int = ${tries}`)
    if (isDone) {
      await tx.execute(sql`
        update triggers set health = null where id = ${triggerId} and health->>'state' = 'warn'`)
    } else if (health) {
      await tx.execute(sql`
        update triggers set health = ${JSON.stringify(health)}::text::jsonb
        where id = ${triggerId} and health->>'state' is distinct from 'fail'`)
    }
  })
}
