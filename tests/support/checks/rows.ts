import { isTerminal } from '#lib/jobs/states.ts'
import type { Books } from './books.ts'
import { type Errand, toCarry, toDelete } from './errand.ts'

/** A job's own row, its attempts and its messages: consistent with one another, whatever its state. */
export function jobFindings({ job, attempts, messages }: Books): string[] {
  const findings: string[] = []
  const say = (wrong: boolean, what: string) => {
    if (wrong) findings.push(what)
  }
  const ended = isTerminal(job.state)
  const last = attempts.at(-1)
  say(
    attempts.some(({ number }, at) => number !== at + 1),
    `attempts are numbered ${attempts.map(({ number }) => number).join(', ')}`,
  )
  say(job.attempt !== attempts.length, `the job is at attempt ${job.attempt} of ${attempts.length}`)
  say(ended !== (job.finishedAt !== null), `the job is ${job.state} and finished at ${job.finishedAt}`)
  if (ended && last) {
    const decides = { completed: ['completed'], cancelled: ['cancelled'], failed: ['failed', 'interrupted'] }
    const deciding: string[] = decides[job.state as keyof typeof decides]
    // A paused or failed job that is cancelled while nothing runs keeps its last attempt's own end.
    const waits = job.state === 'cancelled' && last.state !== 'completed'
    say(!deciding.includes(last.state) && !waits, `the job is ${job.state}, its last attempt ${last.state}`)
    say(last.finishedAt === null, `the job is ${job.state}, its last attempt has not ended`)
    say(
      job.state === 'completed' && last.finishedAt?.getTime() !== job.finishedAt?.getTime(),
      'the job and its last attempt ended at different times',
    )
    say(job.speed !== 0 || job.etaSeconds !== null, 'an ended job has a speed or a time left')
    say(job.inFlight.length > 0, 'an ended job has files in flight')
    say(job.stopRequested !== null, 'an ended job is asked to stop')
  }
  say(
    attempts.slice(0, -1).some(({ state }) => ['completed', 'running', 'queued'].includes(state)),
    `an attempt before the last is ${attempts.map(({ state }) => state).join(', ')}`,
  )
  say(
    attempts.some(({ epoch }) => epoch > 1),
    'an attempt was claimed twice',
  )
  let before: (typeof attempts)[number] | undefined
  for (const attempt of attempts) {
    const { number, startedAt, finishedAt, createdAt } = attempt
    say(startedAt !== null && startedAt < createdAt, `attempt ${number} began before it was made`)
    say(
      startedAt !== null && finishedAt !== null && finishedAt < startedAt,
      `attempt ${number} ended before it began`,
    )
    say(
      before?.finishedAt != null && startedAt !== null && startedAt < before.finishedAt,
      `attempt ${number} overlaps the one before`,
    )
    before = attempt
  }
  const began = attempts.find(({ startedAt }) => startedAt !== null)?.startedAt
  say(
    job.startedAt?.getTime() !== began?.getTime(),
    'the job did not begin with the first attempt that was taken',
  )
  for (const message of messages) {
    const attempt = attempts.find(({ id }) => id === message.attemptId)!
    // One that is deferred for an attempt that a person cancelled is dropped when it comes due.
    const harmless = attempt.state === 'queued' || (!message.due && attempt.state === 'cancelled')
    const handedOut = message.state === 'active' && !message.stale
    say(!harmless && !handedOut, `a message (${message.state}) is left for attempt ${attempt.number}`)
  }
  return findings
}

/** One row for each file that moved, and figures that agree with the rows. Of a completed job. */
export function transferFindings(errand: Errand, { job, attempts, transfers }: Books): string[] {
  const findings: string[] = []
  const done = transfers.filter(({ state }) => state === 'completed')
  const deleted = done.filter(({ action }) => action === 'deleted')
  const carried = done.filter(({ action }) => action !== 'deleted')
  for (const path of toCarry(errand)) {
    const row = carried.find((one) => one.path === path)
    if (!row) findings.push(`no row: ${path}`)
    else if (row.size !== errand.atSource[path]!.size)
      findings.push(`row: ${path} has ${row.size} bytes instead of ${errand.atSource[path]!.size}`)
  }
  const wasThere = toDelete(errand)
  for (const path of wasThere) {
    if (!deleted.some((one) => one.path === path)) findings.push(`no row: ${path} was deleted`)
  }
  const known = new Set([...toCarry(errand), ...wasThere])
  for (const { path, state, action } of transfers) {
    if (!known.has(path)) findings.push(`row: ${path} (${state}, ${action}) is of no file that had to move`)
    if (state === 'failed' || state === 'running')
      findings.push(`row: ${path} is ${state} in a completed job`)
  }
  for (const { path, attempt, finishedAt } of transfers) {
    const its = attempts.find(({ number }) => number === attempt)
    if (!its?.startedAt) findings.push(`row: ${path} names attempt ${attempt}, which never began`)
    else if (finishedAt < its.startedAt || (its.finishedAt && finishedAt > its.finishedAt))
      findings.push(`row: ${path} ended outside of its attempt ${attempt}`)
  }
  const bytes = carried.reduce((sum, { size }) => sum + size, 0)
  if (job.files !== carried.length)
    findings.push(`figures: ${job.files} files, and rows for ${carried.length}`)
  if (job.bytes !== bytes) findings.push(`figures: ${job.bytes} bytes, and rows for ${bytes}`)
  const atSource = Object.keys(errand.atSource).length
  if (errand.operation !== 'move' && job.files + job.unchangedFiles !== atSource)
    findings.push(`figures: ${job.files} files and ${job.unchangedFiles} unchanged of ${atSource}`)
  if (job.totalFiles < job.files || job.totalBytes < job.bytes)
    findings.push('figures: less in total than done')
  if (job.failedFiles !== 0) findings.push(`figures: ${job.failedFiles} failed files in a completed job`)
  return findings
}
