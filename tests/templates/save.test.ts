import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx } = stage
let made = 0

const create = (path: string, triggers: object[]) =>
  createTemplate({
    ctx: ctx.operator,
    input: {
      ...{ name: `template ${++made}`, operation: 'copy', triggers },
      source: { endpointId: stage.source.id, path: 'a' },
      destinations: [{ endpointId: stage.destination.id, path }],
    },
  })
const refused = (message: RegExp) => ({
  issues: [{ path: 'destinations.0.path', message: expect.stringMatching(message) }],
})

const watch = { type: 'watch' }
const nightly = { type: 'schedule', cron: '@daily' }
const queue = {
  ...{ type: 's3', queueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/q', region: 'eu-central-1' },
}

test('a variable that is none, or that nothing there would tell, is refused when it is saved', async () => {
  await expect(create('{yeer}/', [watch])).rejects.toMatchObject(refused(/^There is no variable \{yeer\}/))
  await expect(create('{event.bucket}/', [watch])).rejects.toMatchObject(refused(/S3 events alone/))
  await expect(create('{event.bucket}/', [])).rejects.toMatchObject(refused(/S3 events alone/))
  const { db } = stage.database
  await db.update(endpoints).set({ type: 's3', path: 'bucket' }).where(eq(endpoints.id, stage.source.id))
  await expect(create('{event.bukket}/', [queue])).rejects.toMatchObject(refused(/\{event\.bucket\}/))
  await expect(create('{event.bucket}/', [queue, nightly])).rejects.toMatchObject(refused(/a schedule runs/))
  const { id } = await create('{event.bucket}/', [queue])
  // A run over the whole source is refused at once, not file by file.
  await expect(runTemplate({ ctx: ctx.operator, id, input: {} })).rejects.toThrow(/told by an event/)
  await expect(updateTemplate({ ctx: ctx.operator, id, input: { triggers: [] } })).rejects.toMatchObject(
    refused(/S3 events alone/),
  )
})
