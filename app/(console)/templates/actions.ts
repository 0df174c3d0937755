'use server'

import { redirect } from 'next/navigation'
import { type ActionResult, act } from '#app/_server/action.ts'
import type { Job } from '#lib/jobs/schema.ts'
import type { QueueTest, TestQueueInput } from '#lib/s3-events/queue-test-schema.ts'
import { testQueue } from '#lib/s3-events/test-queue.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import type { Template } from '#lib/templates/schema.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'

export async function saveTemplate(id: string | null, input: unknown): Promise<ActionResult<Template>> {
  return act((ctx) => (id === null ? createTemplate({ ctx, input }) : updateTemplate({ ctx, id, input })))
}

export async function switchTemplate(id: string, enabled: boolean): Promise<ActionResult<Template>> {
  return act((ctx) => updateTemplate({ ctx, id, input: { enabled } }))
}

export async function runNow(id: string, at: string | null): Promise<ActionResult<Job>> {
  return act((ctx) => runTemplate({ ctx, id, input: at === null ? {} : { at } }))
}

export async function removeTemplate(id: string): Promise<ActionResult<void>> {
  const done = await act((ctx) => deleteTemplate({ ctx, id }))
  if (done.ok) redirect('/templates')
  return done
}

export async function askQueue(input: TestQueueInput): Promise<ActionResult<QueueTest>> {
  return act((ctx) => testQueue({ ctx, input }))
}
