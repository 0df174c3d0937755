'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { type BulkAnswer, bulkJobs } from '#lib/jobs/bulk-jobs.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { type LogLines, readLogLines } from '#lib/jobs/log-lines.ts'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'
import { updateJob } from '#lib/jobs/update-job.ts'
import { deleteView } from '#lib/views/delete-view.ts'
import { saveView } from '#lib/views/save-view.ts'
import type { SavedView } from '#lib/views/schema.ts'

export async function startTransfer(input: unknown): Promise<ActionResult<Job>> {
  return act((ctx) => createJob({ ctx, input }))
}

export async function cancel(id: string): Promise<ActionResult<Job>> {
  return act((ctx) => cancelJob({ ctx, id }))
}

export async function pause(id: string): Promise<ActionResult<Job>> {
  return act((ctx) => pauseJob({ ctx, id }))
}

export async function resume(id: string): Promise<ActionResult<Job>> {
  return act((ctx) => resumeJob({ ctx, id }))
}

export async function retry(id: string): Promise<ActionResult<Job>> {
  return act((ctx) => retryJob({ ctx, id }))
}

export async function change(id: string, input: unknown): Promise<ActionResult<Job>> {
  return act((ctx) => updateJob({ ctx, id, input }))
}

export async function bulk(input: unknown): Promise<ActionResult<BulkAnswer>> {
  return act((ctx) => bulkJobs({ ctx, input }))
}

export async function keepView(input: unknown): Promise<ActionResult<SavedView>> {
  return act((ctx) => saveView({ ctx, input }))
}

export async function forgetView(id: string): Promise<ActionResult<void>> {
  return act((ctx) => deleteView({ ctx, id }))
}

export async function logLines(id: string, input: unknown): Promise<ActionResult<LogLines>> {
  return act((ctx) => readLogLines({ ctx, id, input }))
}
