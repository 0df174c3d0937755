import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { Job, JobLogLine, JobOptions } from '#lib/jobs/schema.ts'
import type { Stage } from './stage.ts'

export async function endpoint(stage: Stage, name: string, path: string): Promise<string> {
  return (await stage.api<Endpoint>('POST', '/endpoints', { name, type: 'local', path })).id
}

export function ended(stage: Stage, id: string): Promise<Job> {
  return stage.ends.of(id)
}

export async function copy(
  stage: Stage,
  source: string,
  destination: string,
  path = '',
  to = '',
  options: JobOptions = {},
): Promise<Job> {
  return stage.api<Job>('POST', '/jobs', {
    operation: 'copy',
    source: { endpointId: source, path },
    destination: { endpointId: destination, path: to },
    options,
  })
}

/** The worker's own clock at the moment it called rclone; one machine, one clock. */
export async function startedAt(stage: Stage, id: string): Promise<number> {
  const { items } = await stage.api<{ items: JobLogLine[] }>('GET', `/jobs/${id}/log`)
  const line = items.find((one) => one.message.includes('rclone has started'))
  if (!line) throw new Error('The log does not say when rclone started')
  return Date.parse(line.at)
}
