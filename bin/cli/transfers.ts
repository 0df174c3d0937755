import { Command, InvalidArgumentError } from 'commander'
import { causes } from '#lib/jobs/causes.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { Client } from './client.ts'
import { exitStatus } from './errors.ts'
import { follow } from './follow.ts'
import { colour, printJson, size } from './output.ts'
import { progressView } from './progress.ts'
import { parseSide, resolveSide } from './sides.ts'

const summaries: Record<Operation, string> = {
  copy: 'Copy a file or a folder; nothing is deleted.',
  move: 'Move: each file is deleted at the source once it has arrived.',
  sync: 'Make the destination the same as the source: what only the destination has is deleted there.',
}

type Options = {
  bandwidth?: string
  transfers?: number
  priority?: number
  detach?: boolean
  cancelOnInterrupt?: boolean
  json?: boolean
}

function wholeNumber(text: string): number {
  if (!/^-?\d{1,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}

/** `copy`, `move` and `sync`: start a job, follow it live, end with a status that says how it ended. */
export function transferCommand(operation: Operation): Command {
  return new Command(operation)
    .description(summaries[operation])
    .argument('<source>', 'endpoint:path, or a local path')
    .argument('<destination>', 'endpoint:path, or a local path: a folder')
    .option('--bandwidth <rate>', 'limit, such as 10M (MiB a second)')
    .option('--transfers <n>', 'files at a time', wholeNumber)
    .option('--priority <n>', 'higher starts first', wholeNumber)
    .option('--detach', 'do not follow: print the job and return')
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the job instead of leaving it running')
    .option('--json', 'print the job as JSON when it has ended')
    .action(async (from: string, to: string, options: Options) => {
      const client = new Client()
      const source = await resolveSide(client, parseSide(from), 'source')
      const destination = await resolveSide(client, parseSide(to), 'destination')
      const { bandwidth, transfers, priority } = options
      const job = await client.call<Job>('POST', '/jobs', {
        operation,
        source,
        destination,
        options: { bandwidth, transfers, priority },
      })
      if (options.detach) {
        if (options.json) printJson(job)
        else console.log(job.id)
        return
      }
      await followToTheEnd(client, job, options)
    })
}

async function followToTheEnd(client: Client, job: Job, options: Options): Promise<void> {
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort()
  process.once('SIGINT', onInterrupt)
  const view = progressView()
  try {
    const end = await follow(client, job.id, (now) => view.saw(now), interrupted.signal)
    view.stop()
    if (options.json) printJson(end)
    else tellEnd(end)
    process.exitCode =
      end.state === 'completed'
        ? exitStatus.done
        : end.state === 'cancelled'
          ? exitStatus.cancelled
          : exitStatus.failed
  } catch (error) {
    view.stop()
    if (!interrupted.signal.aborted) throw error
    await leave(client, job, options.cancelOnInterrupt ?? false)
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}

async function leave(client: Client, job: Job, cancel: boolean): Promise<void> {
  if (cancel) {
    await client.call('POST', `/jobs/${job.id}/cancel`)
    console.error(`Job ${job.id} is being cancelled.`)
    process.exitCode = exitStatus.cancelled
    return
  }
  console.error(`Job ${job.id} goes on. To end it: npx file-orbit jobs cancel ${job.id}`)
  // As a shell says it of a command that Ctrl-C ended.
  process.exitCode = 130
}

function tellEnd(job: Job): void {
  if (job.state === 'completed') {
    console.log(
      `${colour('green', 'completed')}: ${job.files} ${job.files === 1 ? 'file' : 'files'}, ${size(job.bytes)}`,
    )
    return
  }
  console.log(`${colour(job.state === 'failed' ? 'red' : 'yellow', job.state)}: job ${job.id}`)
  if (job.error)
    console.log(`${causes[job.error.cause].title}: ${job.error.message}\n${causes[job.error.cause].advice}`)
}
