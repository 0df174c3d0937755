import { describe, expect, test } from 'vitest'
import { type Cause, causes } from '#lib/jobs/causes.ts'
import { reasonOf } from '#workers/rclone/outcome.ts'
import { errorTexts } from './error-texts.ts'

// What rclone says of each fault (error-texts.ts, made for real), and the cause that it must be told as.

const way: Record<string, Cause> = {
  'unknown host': 'host_unknown',
  'port closed': 'network',
  silent: 'network',
  'hangs up': 'network',
}
const account: Record<string, Cause> = { 'wrong password': 'sign_in', 'unknown user': 'sign_in' }
const tls: Record<string, Cause> = {
  'certificate not known': 'certificate',
  'https asked of http': 'wrong_server',
  // It says only that somebody hung up.
  'http asked of https': 'network',
}
const folders: Record<string, Cause> = {
  'no such folder': 'source_missing',
  'folder not readable': 'permission',
  'folder not readable (copy)': 'permission',
  'folder not writable (copy)': 'permission',
}

const expected: Record<string, Record<string, Cause>> = {
  sftp: {
    ...{ ...way, ...account, ...folders },
    'wrong passphrase': 'private_key',
    'no passphrase': 'private_key',
    'not a key': 'private_key',
    'not this kind of server': 'network',
    'host key changed (host_keys)': 'host_key',
    'host key changed (known_hosts_file)': 'host_key',
    'host key unknown (known_hosts_file)': 'host_key',
    'key not accepted': 'sign_in',
  },
  smb: {
    ...{ ...way, ...account, ...folders },
    'not this kind of server': 'wrong_server',
    'no such share': 'container_missing',
    'share not allowed': 'permission',
    'share read-only (copy)': 'permission',
  },
  ftp: {
    ...{ ...way, ...account, ...folders },
    'not this kind of server': 'network',
    'certificate not known': 'certificate',
    'TLS from the start, server has none': 'wrong_server',
  },
  webdav: { ...way, ...account, ...tls, ...folders, 'no such address (404)': 'source_missing' },
  s3: {
    ...{ ...way, ...tls },
    'wrong secret': 'sign_in',
    // Of one object S3 gives no reason; that the secret is wrong is told when its folder is listed.
    'wrong secret (copy)': 'permission',
    'wrong secret, a path below the bucket': 'sign_in',
    'unknown key': 'sign_in',
    'clock skew': 'clock_skew',
    'clock skew, a path below the bucket': 'sign_in',
    'region differs': 'region',
    'no such bucket': 'container_missing',
    'no such bucket (copy)': 'container_missing',
    'key may not list the bucket': 'permission',
    'key may not list buckets': 'permission',
    'key may not write (copy)': 'permission',
    'key may not create the bucket (copy)': 'permission',
  },
}

const cases = Object.entries(errorTexts).flatMap(([type, stages]) =>
  Object.values(stages)
    .flatMap((texts) => Object.entries(texts))
    .flatMap(([fault, texts]) => [texts].flat().map((text) => ({ type, fault, text })))
    .filter((one): one is { type: string; fault: string; text: string } => one.text !== null),
)

test.each(cases)('$type: $fault', ({ type, fault, text }) => {
  const { cause, message } = reasonOf(text, type)
  expect(cause).toBe(expected[type]?.[fault])
  // A sentence of ours, not rclone's words.
  expect(message).toMatch(/^[A-Z].*[.]$/)
  expect(text).not.toContain(message)
})

describe('what a person needs to know is in the sentence', () => {
  test.each([
    ['the right region', errorTexts.s3?.list?.['region differs'], /us-east-1/],
    ['that the passphrase is wrong', errorTexts.sftp?.settings?.['wrong passphrase'], /passphrase/],
    ['where the bucket belongs', errorTexts.s3?.list?.['key may not list buckets'], /path of the endpoint/],
  ])('%s', (_, text, words) => {
    expect(reasonOf(String(text), 's3').message).toMatch(words)
  })
})

test.each([
  [
    'size changed from 507 to 600',
    'source_changed',
    'source file is being updated (size changed from 507 to 600)',
  ],
  ['a port that ends in 530', 'network', 'dial tcp 10.0.0.1:1530 : connect: connection refused'],
  ['a file of 503 bytes', 'unknown', 'sizes differ: 503'],
] as const)('numbers that only look like answers: %s', (_, cause, text) => {
  expect(reasonOf(text).cause).toBe(cause)
})

test.each([
  ['sign_in', 'person'],
  ['permission', 'person'],
  ['host_key', 'person'],
  ['certificate', 'person'],
  ['private_key', 'person'],
  ['wrong_server', 'person'],
  ['clock_skew', 'person'],
  ['region', 'person'],
  ['container_missing', 'person'],
  ['host_refused', 'person'],
  ['network', 'later'],
  ['host_unknown', 'later'],
] as const)('%s is retried by %s', (cause, retry) => {
  expect(causes[cause].retry).toBe(retry)
})
