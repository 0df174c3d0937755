import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { CopyButton } from '#app/_components/copy-button.tsx'
import { Page, PageHeader, Section } from '#app/_components/frame/page.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Label } from '#app/_components/ui/label.tsx'
import { Tab, Tabs } from '#app/_components/ui/tabs.tsx'
import { orNotFound, pageContext } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { isId } from '#lib/parse.ts'
import {
  agentPolicy,
  awsPlace,
  bucketNotification,
  commands,
  eventPattern,
  queueArn,
  queuePolicyForBucket,
  queuePolicyForRule,
  queuePolicyForTopic,
  topicPolicy,
} from '#lib/s3-events/aws-side.ts'
import { getTemplateView } from '#lib/templates/views.ts'
import type { S3TriggerSettings } from '#lib/triggers/schema.ts'
import { QueueTest } from '../_components/queue-test.tsx'

export const metadata: Metadata = { title: 'S3 events, the AWS side' }

type Given = { bucket: string; queueUrl: string; region: string; kinds: S3TriggerSettings['kinds'] }

const ways = [
  { key: 'queue', label: 'Bucket → SQS' },
  { key: 'topic', label: 'Bucket → SNS → SQS' },
  { key: 'eventbridge', label: 'Bucket → EventBridge → SQS' },
] as const

const allKinds = ['created', 'removed', 'restored'] as const

/** The AWS side of S3 events, filled with a template's own bucket and queue, or with what is typed. */
export default async function S3EventsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | undefined>>
}) {
  const search = await searchParams
  const ctx = await pageContext()
  const known = search.template === undefined ? null : await fromTemplate(ctx, search.template)
  const given: Given = {
    bucket: search.bucket ?? known?.bucket ?? '',
    queueUrl: search.queueUrl ?? known?.queueUrl ?? '',
    region: search.region ?? known?.region ?? '',
    kinds: search.kinds
      ? allKinds.filter((kind) => search.kinds?.split(',').includes(kind))
      : (known?.kinds ?? ['created']),
  }
  const mayTest = ctx.actor.type === 'user' && ctx.actor.role !== 'viewer'
  const way = ways.find(({ key }) => key === search.way)?.key ?? 'queue'
  const place = awsPlace({ bucketPath: given.bucket, ...given })
  const address = (to: string) => {
    const query = new URLSearchParams({ ...search, way: to } as Record<string, string>)
    return `/templates/s3-events?${query}`
  }
  return (
    <Page
      trail={[
        { label: 'Templates', href: '/templates' },
        ...(known ? [{ label: known.name, href: `/templates/${search.template}` }] : []),
        { label: 'S3 events' },
      ]}
      narrow
    >
      <PageHeader title="S3 events, the AWS side" />
      <p className="mt-2 text-muted-foreground">
        The bucket tells a queue of each object, and the agent reads the queue. File Orbit changes nothing at
        AWS by itself: what follows is done once, in the console or with the command line of AWS.
      </p>
      <form method="get" className="mt-4 grid items-end gap-3 sm:grid-cols-2">
        {search.template && <input type="hidden" name="template" value={search.template} />}
        <input type="hidden" name="way" value={way} />
        <input type="hidden" name="kinds" value={given.kinds.join(',')} />
        {[
          { name: 'bucket', label: 'Bucket and prefix', value: given.bucket, example: 'uploads/incoming' },
          { name: 'region', label: 'Region', value: given.region, example: 'eu-central-1' },
          {
            name: 'queueUrl',
            label: 'URL of the queue',
            value: given.queueUrl,
            example: 'https://sqs.eu-central-1.amazonaws.com/123456789012/uploads',
          },
        ].map(({ name, label, value, example }) => (
          <div key={name} className={name === 'queueUrl' ? 'grid gap-1 sm:col-span-2' : 'grid gap-1'}>
            <Label htmlFor={name}>{label}</Label>
            <Input id={name} name={name} defaultValue={value} placeholder={example} className="font-mono" />
          </div>
        ))}
        <Button type="submit" className="w-fit">
          Fill in
        </Button>
      </form>
      <Tabs label="Ways from the bucket to the queue" className="mt-6">
        {ways.map(({ key, label }) => (
          <Tab key={key} href={address(key)} current={way === key}>
            {label}
          </Tab>
        ))}
      </Tabs>
      <p className="mt-3 text-sm text-muted-foreground">{reasons[way]}</p>
      <Section title="1. A queue">
        <Step
          text="A standard queue (S3 sends to no FIFO queue) in the region of the bucket. It keeps its messages for two weeks, in case nobody reads for a while. Its own encryption (SSE-SQS) is fine; with a key of KMS, the sender must be allowed to use that key."
          code={commands.createQueue(place)}
          what="command"
        />
      </Section>
      <Section title="2. The queue lets them in" note="queue-policy.json">
        <Step
          text="Its access policy. It replaces the one that the queue has."
          json={
            way === 'queue'
              ? queuePolicyForBucket(place)
              : way === 'topic'
                ? queuePolicyForTopic(place)
                : queuePolicyForRule(place)
          }
          what="queue policy"
        />
        <Step text="Set it:" code={commands.setQueuePolicy(place)} what="command" />
      </Section>
      {way === 'topic' && (
        <Section title="3. The topic" note="topic-policy.json">
          <Step text="The topic lets the bucket publish." json={topicPolicy(place)} what="topic policy" />
          <Step
            text="Make it, and have the queue subscribe. Raw delivery may be on or off: both are read."
            code={commands.topic(place)}
            what="command"
          />
        </Section>
      )}
      {way === 'eventbridge' && (
        <Section title="3. The rule" note="pattern.json">
          <Step text="Which events it takes." json={eventPattern(place)} what="event pattern" />
          <Step text="Make it, with the queue as its target:" code={commands.rule(place)} what="command" />
        </Section>
      )}
      <Section
        title={way === 'queue' ? '3. The bucket tells' : '4. The bucket tells'}
        note="notification.json"
      >
        <Notice tone="warn" title="This replaces all notifications that the bucket has" className="mb-3">
          Look first, and add what is there to the file. Two that overlap in prefix and kind are refused by
          AWS.
        </Notice>
        <Step text="What is sent, and where to." json={bucketNotification(place, way)} what="notification" />
        <Step text="Look, then set it:" code={commands.putNotification(place)} what="command" />
        <p className="mt-2 text-sm text-muted-foreground">
          S3 then sends a message of its own to try the way; it is recognised and put aside.
        </p>
      </Section>
      <Section title={way === 'queue' ? '4. The agent reads' : '5. The agent reads'} note="agent-policy.json">
        <Step
          text="The IAM policy of the agent’s role or of the key in the trigger: this queue, and nothing else. Reading the objects themselves is the business of the endpoint’s own key."
          json={agentPolicy(place)}
          what="IAM policy"
        />
      </Section>
      <Section title="The trigger">
        {known?.triggerId && mayTest && (
          <div className="mb-3">
            <QueueTest input={{ triggerId: known.triggerId }} />
          </div>
        )}
        <p className="text-muted-foreground">
          The template’s trigger takes the URL of the queue and the region. The queue’s ARN is{' '}
          <code className="font-mono text-sm break-all text-foreground">{queueArn(place)}</code>.
          {known && (
            <>
              {' '}
              <Link
                href={`/templates/${search.template}/edit`}
                className="text-primary underline underline-offset-2"
              >
                Edit the template
              </Link>
            </>
          )}
        </p>
      </Section>
    </Page>
  )
}

const reasons: Record<(typeof ways)[number]['key'], string> = {
  queue: 'The shortest way, for a bucket whose events nobody else needs.',
  topic: 'For a bucket whose events several want: each has a queue of its own at the topic.',
  eventbridge:
    'For a bucket with many listeners or finer patterns; a few seconds slower, and it costs by event.',
}

async function fromTemplate(
  ctx: Context,
  id: string,
): Promise<(Given & { name: string; triggerId: string | null }) | null> {
  if (!isId(id)) notFound()
  const { template, source } = await orNotFound(getTemplateView({ ctx, id }))
  const trigger = template.triggers.find((one) => one.type === 's3')
  return {
    name: template.name,
    triggerId: trigger?.id ?? null,
    bucket: [source.root, source.path].filter(Boolean).join('/'),
    queueUrl: trigger?.queueUrl ?? '',
    region: trigger?.region ?? '',
    kinds: trigger?.kinds ?? ['created'],
  }
}

function Step({ text, json, code, what }: { text: ReactNode; json?: object; code?: string; what: string }) {
  const value = json ? JSON.stringify(json, null, 2) : (code ?? '')
  return (
    <div className="mt-2 first:mt-0">
      <p>{text}</p>
      <div className="mt-1.5 flex items-start gap-2 rounded-md border bg-card p-2.5">
        <code className="min-w-0 flex-1 font-mono text-sm break-all whitespace-pre-wrap">{value}</code>
        <CopyButton value={value} what={what} />
      </div>
    </div>
  )
}
