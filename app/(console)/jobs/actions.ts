'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { resumeJob, retryJob } from '#lib/jobs/retry-job.ts'
import type { Job } from '#lib/jobs/schema.ts'
import { cancelJob, pauseJob } from '#lib/jobs/stop-job.ts'

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
