import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { attempts, jobs } from '#lib/db/schema/jobs.ts'
import { InvalidError } from '#lib/errors.ts'
import { notify, notifyJobs } from '#lib/live/channel.ts'
import { checkSides, findPlaces, type NewJob } from './insert-job.ts'
import { routeOf } from './route.ts'

export type CheckedJob = NewJob & { id: string; auditDetail: Record<string, unknown> }

/** Looks at the sides of many jobs at once: each as it may be written, or the sentence why not. */
export async function checkJobs(
  tx: Tx,
  given: readonly (NewJob & { id: string })[],
): Promise<(CheckedJob | { refused: string })[]> {
  const ids = given.flatMap(({ source, destination }) => [source.endpointId, destination.endpointId])
  const places = ids.length > 0 ? await findPlaces(tx, [...new Set(ids)]) : []
  return given.map((job) => {
    try {
      const sides = checkSides(job, places)
      const auditDetail = {
        operation: job.operation,
        source: `${sides.source.name}:${job.source.path}`,
        destination: `${sides.destination.name}:${job.destination.path}`,
        ...job.detail,
      }
      return { ...job, auditDetail }
    } catch (error) {
      if (error instanceof InvalidError) return { refused: error.message }
      throw error
    }
  })
}

/**
 * Writes many checked jobs as insertJob writes one, in the caller's transaction and as few statements as for one: ten
 * thousand schedules may be due in the same second. One that `waits` is pending until the run before it has ended, and
 * has no attempt yet.
 */
export async function insertJobs(
  tx: Tx,
  { actor, queue }: Pick<Context, 'actor' | 'queue'>,
  given: readonly (CheckedJob & { waits: boolean })[],
): Promise<void> {
  if (given.length === 0) return
  const rows = given.map((job) => ({
    id: job.id,
    state: job.waits ? 'pending' : 'queued',
    waiting: job.waits ? 'parent' : null,
    operation: job.operation,
    source: job.source.endpointId,
    from: job.source.path,
    destination: job.destination.endpointId,
    to: job.destination.path,
    options: job.options,
    template: job.run?.templateId,
    trigger: job.run?.trigger,
    plan: job.run?.plan ?? null,
  }))
  const newId = idsFor(2 * given.length)
  const audit = given.map(({ id, auditDetail }) => ({ id: newId(), job: id, detail: auditDetail }))
  const ready = given.flatMap(({ id, waits, options, source, destination }) => {
    const route = routeOf({
      sourceEndpointId: source.endpointId,
      destinationEndpointId: destination.endpointId,
    })
    return waits ? [] : [{ job: id, attemptId: newId(), priority: options.priority ?? 0, route }]
  })
  // The jobs first: the attempts refer to them.
  await tx.execute(sql`
    insert into ${jobs} (id, state, waiting_for, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, options, template_id, trigger, plan, created_by)
    select id, state, waiting, operation, source, "from", destination, "to", options, template, trigger, plan,
      ${actor.label}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, state text, waiting text, operation text,
      source uuid, "from" text, destination uuid, "to" text, options jsonb, template uuid, trigger text, plan jsonb)`)
  // Together, for one round trip.
  await Promise.all([
    tx.execute(sql`
      insert into ${attempts} (id, job_id, number, state)
      select "attemptId", job, 1, 'queued'
      from jsonb_to_recordset(${JSON.stringify(ready)}::jsonb) as r(job uuid, "attemptId" uuid)`),
    ready.length > 0 &&
      queue.sendAttempts(
        tx,
        ready.map(({ job: _job, ...message }) => message),
      ),
    tx.execute(sql`
      insert into ${auditEntries} (id, actor_type, actor_id, actor_label, action, subject_id, detail)
      select id, ${actor.type}, ${actor.id}, ${actor.label}, 'job.create', job, detail
      from jsonb_to_recordset(${JSON.stringify(audit)}::jsonb) as r(id uuid, job text, detail jsonb)`),
    notifyJobs(
      tx,
      'job',
      given.map(({ id }) => id),
    ),
    ready.length > 0 && notify(tx, 'work', 'attempt'),
  ])
}

/** UUIDv7 for so many rows: asking the system for random bytes costs more than all else of one. */
function idsFor(count: number): () => string {
  const random = randomBytes(16 * count)
  let at = 0
  return () => {
    const id = v7({ random: random.subarray(at, at + 16) })
    at += 16
    return id
  }
}
