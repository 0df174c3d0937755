import type { S3TriggerSettings } from '#lib/triggers/schema.ts'

/** What the policies are filled with; what is not known yet stands in them as a word to replace. */
export type AwsPlace = {
  bucket: string
  /** Below the bucket, "" for all of it; ends in "/" where it is a folder. */
  prefix: string
  region: string
  account: string
  queue: string
  /** "aws", "aws-cn" or "aws-us-gov". */
  partition: string
  kinds: S3TriggerSettings['kinds']
}

/** S3 event types by ours (Amazon S3 user guide, "Supported event types"). */
const types: Record<S3TriggerSettings['kinds'][number], string[]> = {
  created: ['s3:ObjectCreated:*'],
  removed: ['s3:ObjectRemoved:*', 's3:LifecycleExpiration:*'],
  restored: ['s3:ObjectRestore:Completed'],
}

const detailTypes: Record<S3TriggerSettings['kinds'][number], string> = {
  created: 'Object Created',
  removed: 'Object Deleted',
  restored: 'Object Restore Completed',
}

/** Takes a place from what a form or a template has: "bucket/prefix", and the queue's URL, which names the rest. */
export function awsPlace({
  bucketPath,
  queueUrl,
  region,
  kinds,
}: {
  bucketPath: string
  queueUrl: string
  region: string
  kinds: S3TriggerSettings['kinds']
}): AwsPlace {
  const [bucket = '', ...below] = bucketPath.split('/').filter(Boolean)
  const url = /^https?:\/\/(?:sqs\.([a-z0-9-]+)\.)?[^/]+\/(?:(\d{12})\/)?([\w.-]+)\/?$/.exec(queueUrl)
  const known = region || url?.[1] || ''
  return {
    bucket: bucket || 'BUCKET',
    prefix: below.length > 0 ? `${below.join('/')}/` : '',
    region: known || 'REGION',
    account: url?.[2] ?? 'ACCOUNT_ID',
    queue: url?.[3] ?? 'file-orbit-events',
    partition: known.startsWith('cn-') ? 'aws-cn' : known.startsWith('us-gov-') ? 'aws-us-gov' : 'aws',
    kinds: kinds.length > 0 ? kinds : ['created'],
  }
}

export function queueArn({ partition, region, account, queue }: AwsPlace): string {
  return `arn:${partition}:sqs:${region}:${account}:${queue}`
}

const bucketArn = ({ partition, bucket }: AwsPlace) => `arn:${partition}:s3:::${bucket}`
const topicArn = ({ partition, region, account }: AwsPlace) =>
  `arn:${partition}:sns:${region}:${account}:file-orbit-events`
const ruleArn = ({ partition, region, account }: AwsPlace) =>
  `arn:${partition}:events:${region}:${account}:rule/file-orbit-events`

function policy(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements }
}

function sends(place: AwsPlace, sid: string, service: string, source: string, owned: boolean): object {
  return policy({
    Sid: sid,
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: queueArn(place),
    Condition: {
      ArnLike: { 'aws:SourceArn': source },
      ...(owned && { StringEquals: { 'aws:SourceAccount': place.account } }),
    },
  })
}

/** The queue lets the bucket send, and no other bucket of another account. */
export function queuePolicyForBucket(place: AwsPlace): object {
  return sends(place, 'BucketSendsItsEvents', 's3.amazonaws.com', bucketArn(place), true)
}

export function queuePolicyForTopic(place: AwsPlace): object {
  return sends(place, 'TopicSendsOn', 'sns.amazonaws.com', topicArn(place), false)
}

export function queuePolicyForRule(place: AwsPlace): object {
  return sends(place, 'RuleSendsOn', 'events.amazonaws.com', ruleArn(place), false)
}

/** The topic lets the bucket publish. */
export function topicPolicy(place: AwsPlace): object {
  return policy({
    Sid: 'BucketPublishesItsEvents',
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sns:Publish',
    Resource: topicArn(place),
    Condition: {
      ArnLike: { 'aws:SourceArn': bucketArn(place) },
      StringEquals: { 'aws:SourceAccount': place.account },
    },
  })
}

/** What the bucket is told to send, and where to. It replaces all that the bucket had. */
export function bucketNotification(place: AwsPlace, to: 'queue' | 'topic' | 'eventbridge'): object {
  if (to === 'eventbridge') return { EventBridgeConfiguration: {} }
  const what = {
    Id: 'file-orbit',
    ...(to === 'queue' ? { QueueArn: queueArn(place) } : { TopicArn: topicArn(place) }),
    Events: place.kinds.flatMap((kind) => types[kind]),
    ...(place.prefix && { Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: place.prefix }] } } }),
  }
  return to === 'queue' ? { QueueConfigurations: [what] } : { TopicConfigurations: [what] }
}

/** Which events of the bucket the rule takes. */
export function eventPattern(place: AwsPlace): object {
  return {
    source: ['aws.s3'],
    'detail-type': place.kinds.map((kind) => detailTypes[kind]),
    detail: {
      bucket: { name: [place.bucket] },
      ...(place.prefix && { object: { key: [{ prefix: place.prefix }] } }),
    },
  }
}

/** What the agent may do with the queue, and nothing else. */
export function agentPolicy(place: AwsPlace): object {
  return policy({
    Sid: 'FileOrbitReadsTheQueue',
    Effect: 'Allow',
    Action: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
    ],
    Resource: queueArn(place),
  })
}

/** The command line of AWS for what the policies do not say. */
export const commands = {
  createQueue: ({ queue, region }: AwsPlace) =>
    `aws sqs create-queue --region ${region} --queue-name ${queue} --attributes '{"SqsManagedSseEnabled":"true","MessageRetentionPeriod":"1209600"}'`,
  setQueuePolicy: (place: AwsPlace) =>
    `jq -n --rawfile policy queue-policy.json '{Policy: $policy}' > attributes.json\naws sqs set-queue-attributes --region ${place.region} --queue-url https://sqs.${place.region}.amazonaws.com${place.partition === 'aws-cn' ? '.cn' : ''}/${place.account}/${place.queue} --attributes file://attributes.json`,
  putNotification: ({ bucket }: AwsPlace) =>
    `aws s3api get-bucket-notification-configuration --bucket ${bucket}\naws s3api put-bucket-notification-configuration --bucket ${bucket} --notification-configuration file://notification.json`,
  topic: (place: AwsPlace) =>
    `aws sns create-topic --region ${place.region} --name file-orbit-events\naws sns set-topic-attributes --region ${place.region} --topic-arn ${topicArn(place)} --attribute-name Policy --attribute-value file://topic-policy.json\naws sns subscribe --region ${place.region} --topic-arn ${topicArn(place)} --protocol sqs --notification-endpoint ${queueArn(place)}`,
  rule: (place: AwsPlace) =>
    `aws events put-rule --region ${place.region} --name file-orbit-events --event-pattern file://pattern.json\naws events put-targets --region ${place.region} --rule file-orbit-events --targets Id=file-orbit,Arn=${queueArn(place)}`,
}
