import type { transfers } from '#lib/db/schema/transfers.ts'
import type { Job, Progress, Transfer } from './schema.ts'
import type { JobRow } from './transition.ts'

/** A job's row as clients see it; `template` is that of its run (lib/jobs/job-templates.ts). */
export function toJob(row: JobRow, template: Job['template']): Job {
  return {
    id: row.id,
    state: row.state,
    waitingFor: row.waitingFor,
    operation: row.operation,
    source: { endpointId: row.sourceEndpointId, path: row.sourcePath },
    destination: { endpointId: row.destinationEndpointId, path: row.destinationPath },
    options: row.options,
    template,
    trigger: row.trigger,
    bytes: row.bytes,
    totalBytes: row.totalBytes,
    files: row.files,
    totalFiles: row.totalFiles,
    speed: row.speed,
    etaSeconds: row.etaSeconds,
    error: row.errorCause ? { cause: row.errorCause, message: row.errorMessage ?? '' } : null,
    attempt: row.attempt,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}

/** The figures of a running job's row, as the stream sends them. */
export function toProgress(row: JobRow): Progress {
  return {
    id: row.id,
    bytes: row.bytes,
    totalBytes: row.totalBytes,
    files: row.files,
    totalFiles: row.totalFiles,
    speed: row.speed,
    etaSeconds: row.etaSeconds,
    inFlight: row.inFlight,
  }
}

export function toTransfer(row: typeof transfers.$inferSelect): Transfer {
  return {
    path: row.path,
    size: row.size,
    state: row.state,
    action: row.action,
    error: row.cause ? { cause: row.cause, message: row.message ?? '' } : null,
  }
}
