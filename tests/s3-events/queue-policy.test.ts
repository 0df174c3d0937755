import { describe, expect, test } from 'vitest'
import {
  awsPlace,
  queuePolicyForBucket,
  queuePolicyForRule,
  queuePolicyForTopic,
} from '#lib/s3-events/aws-side.ts'
import { sendersOf } from '#lib/s3-events/queue-policy.ts'

const ARN = 'arn:aws:sqs:eu-central-1:123456789012:uploads'
const place = awsPlace({
  ...{ bucketPath: 'footage/in', region: 'eu-central-1', kinds: ['created'] },
  queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/uploads',
})
const senders = (...statements: object[]) =>
  sendersOf(JSON.stringify({ Version: '2012-10-17', Statement: statements }), place, ARN)
const allow = {
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: ARN,
}
const from = (source: string) => ({ Condition: { ArnLike: { 'aws:SourceArn': source } } })

describe('the policies that the page writes', () => {
  test.each([
    ['bucket', queuePolicyForBucket(place)],
    ['topic', queuePolicyForTopic(place)],
    ['rule', queuePolicyForRule(place)],
  ])('of a %s let it send, and nothing is warned of', (sender, policy) => {
    expect(sendersOf(JSON.stringify(policy), place, ARN)).toEqual({ by: [sender], warning: null })
  })
})

test.each([
  ['everybody may do everything', { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
  ['everybody of AWS', { ...allow, Principal: { AWS: '*' } }],
  ['any action of SQS', { ...allow, Action: ['SQS:*'] }],
  ['a part of the name', { ...allow, ...from('arn:aws:s3:*:*:foot*') }],
  ['without a condition about the source', allow],
  ['without a resource', { ...allow, Resource: undefined }],
])('the bucket may send: %s', (_, statement) => {
  expect(senders(statement)).toMatchObject({ warning: null, by: expect.arrayContaining(['bucket']) })
})

test.each([
  ['another bucket', { ...allow, ...from('arn:aws:s3:::other') }],
  ['another queue', { ...allow, Resource: `${ARN}-old` }],
  ['another action', { ...allow, Action: 'sqs:ReceiveMessage' }],
  ['an account alone', { ...allow, Principal: { AWS: '123456789012' } }],
  ['all actions but this', { ...allow, Action: undefined, NotAction: 'sqs:Send*' }],
])('the bucket may not send: %s', (_, statement) => {
  expect(senders(statement)).toMatchObject({
    by: [],
    warning: expect.stringContaining('lets the bucket footage send'),
  })
})

test('whom a statement is for is told', () => {
  const { warning } = senders({ ...allow, ...from('arn:aws:s3:::other') })
  expect(warning).toContain('arn:aws:s3:::other')
})

test('a denial counts where nothing else is asked for, and not where it is about something else', () => {
  const deny = { ...allow, Effect: 'Deny', Principal: '*' }
  expect(senders(allow, deny).warning).toContain('denies the bucket footage')
  const plainHttp = { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
  expect(senders(allow, plainHttp).warning).toBeNull()
  const others = { ...deny, Condition: { ArnNotLike: { 'aws:SourceArn': 'arn:aws:s3:::footage' } } }
  expect(senders(allow, others).warning).toBeNull()
})

test('no policy, and one that cannot be read, are warned of', () => {
  expect(sendersOf(undefined, place, ARN).warning).toContain('no access policy')
  expect(sendersOf('{', place, ARN).warning).toContain('not readable')
})

test('a policy that is made to keep one busy does not', () => {
  const began = performance.now()
  senders({ ...allow, Resource: `${'*a'.repeat(5000)}b`, Action: `${'s*'.repeat(5000)}!` })
  expect(performance.now() - began).toBeLessThan(2000)
})
