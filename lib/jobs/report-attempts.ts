import { sql } from 'drizzle-orm'
import { type Context, requireAgent } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { notifyJobs } from '#lib/live/channel.ts'
import { LEASE_SECONDS } from './claim-attempt.ts'
import type { AttemptReport, JobOptions } from './schema.ts'

/** What the control plane answers of one attempt: still yours (and what its job now asks), or not. */
export type Verdict = { attemptId: string; stop: 'cancel' | 'pause' | null; options: JobOptions }

/**
 * Writes a worker's tick: renews the leases, stores figures, files and log lines of all its attempts and
 * tells the web, in one transaction, one commit. Attempts missing from the answer are no longer the caller's:
 * nothing of theirs was written, and their rclone must end.
 */
export async function reportAttempts({
  ctx,
  reports,
}: {
  ctx: Context
  reports: AttemptReport[]
}): Promise<Verdict[]> {
  requireAgent(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    const held = await writeReports(tx, reports)
    await notifyJobs(
      tx,
      'progress',
      held.map((row) => row.jobId),
    )
    return held
  })
}

type Held = Verdict & { jobId: string }

/** The shared half of a tick and of an end; fenced by attempt, epoch and state. */
export async function writeReports(tx: Tx, reports: AttemptReport[]): Promise<Held[]> {
  if (reports.length === 0) return []
  const heads = JSON.stringify(
    reports.map(({ files: _files, log: _log, figures, inFlight, ...rest }) => ({
      ...rest,
      ...figures,
      inFlight,
    })),
  )
  const rows = await tx.execute<{
    attempt_id: string
    job_id: string
    stop: Verdict['stop']
    options: JobOptions
  }>(sql`
    -- What earlier attempts brought is unchanged to this one: no file counts twice.
    with report as (
      select * from jsonb_to_recordset(${heads}::jsonb) as r(
        "attemptId" uuid, epoch int, "jobId" uuid, bytes bigint, "totalBytes" bigint, files bigint,
        "totalFiles" bigint, "unchangedFiles" bigint, "failedFiles" bigint, "skippedFiles" bigint,
        speed bigint, "etaSeconds" int, "inFlight" jsonb, "leftBehind" boolean)
    ), held as (
      update attempts a
      set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
      from report r
      where a.id = r."attemptId" and a.epoch = r.epoch and a.state = 'running'
      returning a.id, a.job_id, a.base_bytes, a.base_files
    )
    update jobs j
    set bytes = h.base_bytes + r.bytes, total_bytes = h.base_bytes + r."totalBytes",
        files = h.base_files + r.files, total_files = h.base_files + r."totalFiles",
        unchanged_files = greatest(0, r."unchangedFiles" - h.base_files), failed_files = r."failedFiles", skipped_files = r."skippedFiles",
        speed = r.speed, eta_seconds = r."etaSeconds", in_flight = r."inFlight", updated_at = now(),
        tidy_at = case r."leftBehind" when true then now() when false then null else j.tidy_at end
    from held h join report r on r."attemptId" = h.id
    where j.id = h.job_id
    returning h.id as attempt_id, j.id as job_id, j.stop_requested as stop, j.options as options`)
  const held = rows.map((row) => ({
    attemptId: row.attempt_id,
    jobId: row.job_id,
    stop: row.stop,
    options: row.options,
  }))
  const holds = ({ attemptId }: AttemptReport) => held.some((row) => row.attemptId === attemptId)
  await Promise.all(reports.filter(holds).flatMap((report) => [writeFiles(tx, report), writeLog(tx, report)]))
  return held
}

/**
 * One statement however many files; a file told of twice keeps the later word, or with `onlyNews` the word that
 * the same attempt has said before.
 */
export async function writeFiles(
  tx: Tx,
  report: Pick<AttemptReport, 'jobId' | 'number' | 'files'>,
  { onlyNews = false } = {},
): Promise<void> {
  if (report.files.length === 0) return
  const last = new Map(report.files.map((file) => [file.path, file]))
  await tx.execute(sql`
    insert into transfers (job_id, path, size, state, action, attempt, cause, message)
    select ${report.jobId}::uuid, f.path, f.size, f.state, f.action, ${report.number}::int, f.cause, f.message
    from json_to_recordset(${JSON.stringify([...last.values()])}::json)
      as f(path text, size bigint, state text, action text, cause text, message text)
    on conflict (job_id, path_hash) do update
    set size = excluded.size, state = excluded.state, action = excluded.action, attempt = excluded.attempt,
        cause = excluded.cause, message = excluded.message, finished_at = now()
    ${onlyNews ? sql`where transfers.attempt < excluded.attempt` : sql``}`)
}

/** What a row of the log holds at most: a page is some of them, and is to be quick whatever an rclone wrote. */
const MOST_LINES = 500
const MOST_CHARACTERS = 128 * 1024

/** Adds lines to a job's log, in rows of a bounded size. */
export async function writeLog(
  tx: Tx,
  report: Pick<AttemptReport, 'jobId' | 'number' | 'log' | 'linesBefore'>,
): Promise<void> {
  const log = await newLines(tx, report)
  if (log.length === 0) return
  const { jobId, number } = report
  const chunks: { at: number; lines: number; body: string }[] = []
  for (const line of log.map((one) => JSON.stringify(one))) {
    const last = chunks.at(-1)
    if (last && last.lines < MOST_LINES && last.body.length + line.length < MOST_CHARACTERS) {
      last.lines += 1
      last.body += `\n${line}`
    } else {
      chunks.push({ at: chunks.length + 1, lines: 1, body: line })
    }
  }
  await tx.execute(sql`
    insert into log_chunks (job_id, seq, attempt, lines, body)
    select ${jobId}::uuid, c.at + (select coalesce(max(seq), 0) from log_chunks where job_id = ${jobId}::uuid),
      ${number}::int, c.lines, c.body
    from json_to_recordset(${JSON.stringify(chunks)}::json) as c(at int, lines int, body text)`)
}

/** Without the lines that an earlier report wrote, where its answer was lost and they are said again. */
async function newLines(
  tx: Tx,
  { jobId, number, log, linesBefore }: Parameters<typeof writeLog>[1],
): Promise<typeof log> {
  if (linesBefore === undefined || log.length === 0) return log
  const [known] = await tx.execute<{ lines: number }>(sql`
    select coalesce(sum(lines), 0)::int as lines from log_chunks
    where job_id = ${jobId}::uuid and attempt = ${number}::int`)
  return log.slice(Math.max(0, known!.lines - linesBefore))
}
