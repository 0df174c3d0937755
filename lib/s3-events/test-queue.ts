import { and, eq, isNull } from 'drizzle-orm'
import type { TestQueueQuestion } from '#lib/agents/protocol.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { InvalidError, NotFoundError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { sealTrigger } from '#lib/triggers/save-triggers.ts'
import type { S3TriggerSettings } from '#lib/triggers/schema.ts'
import { queueOrigin, whyNotKept, whyNotQueueAddress } from './queue-address.ts'
import { type QueueTest, queueTestSchema, testQueueSchema } from './queue-test-schema.ts'

/**
 * Asks the agent whether it can read a queue, and whether the bucket may send to it, stage by stage. What is not given
 * is taken from the trigger that is named; without one the queue is not saved yet.
 */
export async function testQueue({ ctx, input }: { ctx: Context; input: unknown }): Promise<QueueTest> {
  requireRole(ctx.actor, 'operator')
  const given = parseInput(testQueueSchema, input)
  const saved = given.triggerId === undefined ? null : await findQueue(ctx, given.triggerId)
  const queueUrl = given.queueUrl ?? saved?.settings.queueUrl
  const region = given.region ?? saved?.settings.region
  const endpointUrl =
    given.endpointUrl === undefined ? saved?.settings.endpointUrl : (given.endpointUrl ?? undefined)
  if (queueUrl === undefined) throw InvalidError.at('queueUrl', 'The URL of the SQS queue.')
  if (region === undefined) throw InvalidError.at('region', 'The region of the queue.')
  const place = { queueUrl, region, ...(endpointUrl !== undefined && { endpointUrl }) }
  const [issue] = whyNotQueueAddress(place)
  if (issue) throw new InvalidError(issue.message, [issue])
  const row = saved?.id ?? 'unsaved'
  const settings = given.settings ?? saved?.shown ?? {}
  const before = saved?.secrets ?? {}
  const { open, secrets } = await sealTrigger(ctx, row, settings, before)
  const unkept = saved && whyNotKept({ ...saved.settings, secrets: before }, { ...place, secrets })
  if (unkept) throw InvalidError.at('settings.secretAccessKey', unkept)
  const question: TestQueueQuestion = {
    ...{ row, type: 'sqs', host: queueOrigin(place).host, ...place, settings: open, secrets },
    bucket: given.bucket ?? saved?.bucket ?? '',
  }
  const agentId = saved?.agentId ?? (await builtinAgent(ctx.db)).id
  return queueTestSchema.parse(await ctx.ask(agentId, 'testQueue', question))
}

type Saved = {
  id: string
  agentId: string
  settings: S3TriggerSettings
  /** As they are read: secrets only as set. */
  shown: S3TriggerSettings['settings']
  secrets: Record<string, string>
  bucket: string
}

async function findQueue({ db }: Context, id: string): Promise<Saved> {
  const [row] = await db
    .select({ trigger: triggers, template: templates, endpoint: endpoints })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .innerJoin(endpoints, eq(endpoints.id, templates.sourceEndpointId))
    .where(and(eq(triggers.id, id), isNull(triggers.deletedAt), isNull(templates.deletedAt)))
  const settings = row?.trigger.settings
  if (settings?.type !== 's3') throw new NotFoundError('There is no such trigger of S3 events.')
  const { trigger, template, endpoint } = row!
  const sealed = Object.keys(trigger.secrets).map((name) => [name, { set: true }] as const)
  return {
    ...{ id, agentId: endpoint.agentId, settings, secrets: trigger.secrets },
    shown: { ...settings.settings, ...Object.fromEntries(sealed) },
    bucket: [endpoint.path, template.sourcePath].filter(Boolean).join('/'),
  }
}
