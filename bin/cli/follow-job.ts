import { causes } from '#lib/jobs/causes.ts'
import type { Job, Transfer } from '#lib/jobs/schema.ts'
import type { Client } from './client.ts'
import { CliError, exitStatus, report } from './errors.ts'
import { follow } from './follow.ts'
import { colour, countOf, duration, printJson, printJsonLine, size, visible } from './output.ts'
import { noProgress, progressView } from './progress.ts'

export type FollowOptions = {
  /** `document`: the job when it has ended; `lines`: the job at each change. */
  json?: 'document' | 'lines'
  progress?: boolean
  cancelOnInterrupt?: boolean
}

/** As a shell says it of a command that Ctrl-C ended. */
const INTERRUPTED = 130
/** A queue is usually empty: whoever waits this long asks whether anybody works. */
const WONDER_AFTER_MS = 4000

/** Shows a job until it ends and sets the exit status by how it did. Ctrl-C leaves, and the job goes on. */
export async function followToTheEnd(client: Client, id: string, options: FollowOptions): Promise<void> {
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort()
  process.once('SIGINT', onInterrupt)
  const view = options.progress === false ? noProgress() : progressView()
  let last: Job | undefined
  const wonder = setTimeout(() => {
    if (last?.state === 'queued') sayWhyItWaits(client, view.note).catch(() => {})
  }, WONDER_AFTER_MS)
  try {
    const end = await follow(
      client,
      id,
      (now, inFlight) => {
        if (options.json === 'lines' && changed(last, now)) printJsonLine(now)
        last = now
        view.saw(now, inFlight)
      },
      interrupted.signal,
    )
    view.stop()
    if (options.json === 'document') printJson(end)
    await tellEnd(client, end, options.json !== undefined)
  } catch (error) {
    view.stop()
    if (!interrupted.signal.aborted) throw error
    await leave(client, id, options.cancelOnInterrupt ?? false)
  } finally {
    clearTimeout(wonder)
    process.off('SIGINT', onInterrupt)
  }
}

function changed(before: Job | undefined, now: Job): boolean {
  return JSON.stringify(before) !== JSON.stringify(now)
}

async function sayWhyItWaits(client: Client, say: (text: string) => void): Promise<void> {
  const { status } = await client.call<{ status: string }>('GET', '/health')
  say(
    status === 'ok'
      ? 'Waits for a free slot: other jobs run.'
      : 'Waits: no worker runs at the moment. It starts by itself when one does.',
  )
}

async function leave(client: Client, id: string, cancel: boolean): Promise<void> {
  if (cancel) {
    await client.call('POST', `/jobs/${id}/cancel`)
    throw new CliError(exitStatus.cancelled, `Job ${id} is being cancelled.`, { jobId: id })
  }
  throw new CliError(
    INTERRUPTED,
    `Job ${id} goes on. To look again: npx file-orbit jobs follow ${id}. To end it: npx file-orbit jobs cancel ${id}`,
    { jobId: id },
  )
}

async function tellEnd(client: Client, job: Job, isJson: boolean): Promise<void> {
  if (job.state === 'completed') {
    process.exitCode = exitStatus.done
    const nothing = job.files === 0 ? '; nothing had to be moved' : ''
    if (!isJson) console.log(`${colour('green', 'completed')}: ${movedOf(job)}${nothing}`)
    return
  }
  const status = job.state === 'cancelled' ? exitStatus.cancelled : exitStatus.failed
  process.exitCode = status
  if (isJson) report(new CliError(status, `Job ${job.id} ${job.state}.`, { jobId: job.id, cause: job.error }))
  else console.error((await storyOf(client, job)).join('\n'))
}

function movedOf(job: Job): string {
  const seconds =
    job.startedAt && job.finishedAt ? (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000 : 0
  return `${countOf(job.files, 'file')}, ${size(job.bytes)} in ${duration(Math.max(seconds, 1))}`
}

const FILES_SHOWN = 5

/** Why it ended so, which files, and what can be done. */
async function storyOf(client: Client, job: Job): Promise<string[]> {
  const tone = job.state === 'failed' ? 'red' : 'yellow'
  const lines = [`${colour(tone, job.state, process.stderr)}: job ${job.id}, ${movedOf(job)}`]
  if (job.error) {
    const { title, advice } = causes[job.error.cause]
    lines.push(`${title}: ${visible(job.error.message)}`, advice)
    const page = await client
      .call<{ items: Transfer[]; nextCursor: string | null }>(
        'GET',
        `/jobs/${job.id}/transfers?state=failed&limit=${FILES_SHOWN}`,
      )
      .catch(() => ({ items: [], nextCursor: null }))
    for (const file of page.items)
      lines.push(`  ${visible(file.path)}: ${visible(file.error?.message ?? '')}`)
    if (page.nextCursor) lines.push(`  All of them: npx file-orbit jobs files ${job.id} --state failed`)
    lines.push(`Its log: npx file-orbit jobs log ${job.id}`)
  }
  lines.push(`Try again: npx file-orbit jobs retry ${job.id} --follow`)
  return lines
}
