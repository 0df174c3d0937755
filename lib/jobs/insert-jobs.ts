import { sql } from 'drizzle-orm'
import type { Context } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { idsFor } from '#lib/db/ids.ts'
import { idList, textList, wordList } from '#lib/db/list.ts'
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
  const newId = idsFor(2 * given.length)
  const audit = given.map(({ id, auditDetail }) => ({ id: newId(), job: id, detail: auditDetail }))
  const ready = given.flatMap(({ id, waits, options, source, destination }) => {
    const route = routeOf({
      sourceEndpointId: source.endpointId,
      destinationEndpointId: destination.endpointId,
    })
    return waits ? [] : [{ job: id, attemptId: newId(), priority: options.priority ?? 0, route }]
  })
  const of = <T>(value: (job: (typeof given)[number]) => T) => given.map(value)
  // The jobs first: the attempts refer to them.
  await tx.execute(sql`
    insert into ${jobs} (id, state, waiting_for, operation, source_endpoint_id, source_path, destination_endpoint_id,
      destination_path, options, template_id, trigger, plan, created_by)
    select *, ${actor.label} from unnest(
      ${idList(of(({ id }) => id))},
      ${wordList(of(({ waits }) => (waits ? 'pending' : 'queued')))},
      ${textList(of(({ waits }) => (waits ? 'parent' : null)))},
      ${wordList(of(({ operation }) => operation))},
      ${idList(of(({ source }) => source.endpointId))},
      ${textList(of(({ source }) => source.path))},
      ${idList(of(({ destination }) => destination.endpointId))},
      ${textList(of(({ destination }) => destination.path))},
      ${textList(of(({ options }) => JSON.stringify(options)))}::jsonb[],
      ${textList(of(({ run }) => run?.templateId ?? null))}::uuid[],
      ${textList(of(({ run }) => run?.trigger ?? null))},
      ${textList(of(({ run }) => (run?.plan ? JSON.stringify(run.plan) : null)))}::jsonb[])`)
  // Together, for one round trip.
  await Promise.all([
    tx.execute(sql`
      insert into ${attempts} (id, job_id, number, state)
      select id, job, 1, 'queued'
      from unnest(${idList(ready.map(({ attemptId }) => attemptId))}, ${idList(ready.map(({ job }) => job))}) as r(id, job)`),
    ready.length > 0 && queue.sendAttempts(tx, ready),
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
