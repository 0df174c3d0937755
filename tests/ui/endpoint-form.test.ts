import { expect, test } from 'vitest'
import {
  initialValues,
  limitsOf,
  settingsToSend,
} from '#app/(console)/endpoints/_components/form/form-values.ts'
import { labelOf, splitHelp } from '#lib/backends/help.ts'
import type { Backend, BackendOption } from '#lib/backends/schema.ts'
import { readBase, readUpstreams, writeBase, writeUpstreams } from '#lib/endpoints/lies-over.ts'
import { replaceReferences } from '#lib/endpoints/references.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { shownOptions } from '#lib/endpoints/shown-options.ts'

const option = (name: string, more: Partial<BackendOption> = {}): BackendOption => ({
  ...{ name, help: '', type: 'string', default: '', required: false, advanced: false, exclusive: false },
  ...{ secret: false, hidden: false, refused: null, provider: '', examples: [], ...more },
})
const backend: Backend = {
  ...{ type: 'made-up', description: 'Made up', oauth: false, wraps: null },
  options: [
    option('provider'),
    option('url'),
    option('pass', { secret: true }),
    option('region', { provider: 'A,B' }),
    option('depth', { advanced: true }),
    option('needed', { advanced: true, required: true }),
    option('ssh', { refused: 'No.' }),
  ],
}
const endpoint = {
  ...{ name: 'e', path: 'p', limits: { transfers: 2 } },
  settings: { provider: 'A', url: 'https://x', region: 'eu', pass: { set: true as const } },
} as unknown as Endpoint

test('of a kind that nobody has looked at, what rclone asks for stands first', () => {
  const names = (options: BackendOption[]) => options.map(({ name }) => name)
  const a = shownOptions(backend, 'A')
  expect([names(a.main), names(a.more)]).toEqual([['provider', 'url', 'pass', 'region', 'needed'], ['depth']])
  expect(names(shownOptions(backend, 'C').main)).not.toContain('region')
})

test('a new endpoint sends what is set; a changed one what has changed', () => {
  const fresh = initialValues(backend, null)
  const typed = { ...fresh, settings: { provider: 'A', region: 'eu', url: '' }, secrets: { pass: 'x' } }
  expect(settingsToSend(backend, null, typed)).toEqual({ provider: 'A', region: 'eu', pass: 'x' })
  const saved = initialValues(backend, endpoint)
  expect(saved.settings).toEqual({ provider: 'A', url: 'https://x', region: 'eu' })
  expect(settingsToSend(backend, endpoint, saved)).toEqual({})
  expect(settingsToSend(backend, endpoint, { ...saved, settings: { ...saved.settings, url: '' } })).toEqual({
    url: '',
  })
  expect(settingsToSend(backend, endpoint, { ...saved, secrets: { pass: '' } })).toEqual({})
  expect(settingsToSend(backend, endpoint, { ...saved, secrets: { pass: null } })).toEqual({ pass: '' })
})

test('what no form shows stays as it is, and what a sign-in found of it is sent', () => {
  const odd: Backend = { ...backend, options: [...backend.options, option('device', { hidden: true })] }
  const saved = initialValues(odd, { ...endpoint, settings: { ...endpoint.settings, device: 'Jotta' } })
  const over = { ...endpoint, settings: { ...endpoint.settings, device: 'Jotta' } }
  expect(settingsToSend(odd, over, saved)).toEqual({})
  const found = { ...saved, settings: { ...saved.settings, device: 'Other' } }
  expect(settingsToSend(odd, over, found)).toEqual({ device: 'Other' })
  expect(shownOptions(odd, 'A').more.map(({ name }) => name)).not.toContain('device')
})

test('what is for another provider goes with the provider', () => {
  const saved = initialValues(backend, endpoint)
  const other = { ...saved, settings: { ...saved.settings, provider: 'C' } }
  expect(settingsToSend(backend, endpoint, other)).toEqual({ provider: 'C', region: '' })
})

test('a preset that a person takes away is taken away', () => {
  const s3: Backend = { ...backend, type: 's3', options: [option('provider'), option('no_check_bucket')] }
  const values = initialValues(s3, null)
  expect(settingsToSend(s3, null, values)).toEqual({ provider: 'Other', no_check_bucket: 'true' })
  const without = { ...values, settings: { provider: 'Other' } }
  expect(settingsToSend(s3, null, without)).toEqual({ provider: 'Other', no_check_bucket: '' })
})

test('limits are sent as they are typed', () => {
  const values = initialValues(backend, endpoint)
  expect(limitsOf(values)).toEqual({ transfers: 2 })
  expect(limitsOf({ ...values, transfers: '', bandwidth: '5M' })).toEqual({ bandwidth: '5M' })
})

test.each([
  ['Encoding of it. The rest.\nMore.', 'Encoding of it.', 'The rest.\nMore.'],
  ['A path, e.g. "x". Then more', 'A path, e.g. "x".', 'Then more'],
  ['No full stop\n\nSecond part', 'No full stop', 'Second part'],
  ['Two lines\nof one sentence.', 'Two lines of one sentence.', ''],
  ['Only words', 'Only words', ''],
  ['', '', ''],
])('help is cut after its first sentence: %j', (help, first, rest) => {
  expect(splitHelp(help)).toEqual({ first, rest })
})

test('names become labels', () => {
  expect(['access_key_id', 'no_check_bucket', 'sse_kms_key_id'].map(labelOf)).toEqual([
    ...['Access key ID', 'No check bucket', 'SSE KMS key ID'],
  ])
})

const ID = '0199f2a4-7c31-7a52-9d0e-5f1b6c3d2e41'

test('what an endpoint lies over is read and written as it is kept', () => {
  for (const value of [`endpoint:${ID}`, `endpoint:${ID}/a/b`]) {
    expect(writeBase(readBase(value)!)).toBe(value)
  }
  expect(readBase(':local:/etc')).toBeNull()
  expect(writeBase({ endpointId: ID, folder: '/a/' })).toBe(`endpoint:${ID}/a`)
  const union = `endpoint:${ID}/a:ro\nendpoint:${ID}:nc\nendpoint:${ID}`
  expect(writeUpstreams('union', readUpstreams('union', union))).toBe(union)
  const combine = `a=endpoint:${ID}\nb c=endpoint:${ID}/x`
  expect(writeUpstreams('combine', readUpstreams('combine', combine))).toBe(combine)
  expect(readUpstreams('combine', 'nonsense')).toEqual([])
})

test('a folder in an endpoint that begins at its home is not taken from the server’s own root', () => {
  expect(replaceReferences(`endpoint:${ID}/a`, () => 'r:')).toBe('r:a')
  expect(replaceReferences(`endpoint:${ID}/a`, () => 'r:/')).toBe('r:/a')
  expect(replaceReferences(`endpoint:${ID}/a`, () => 'r:/srv')).toBe('r:/srv/a')
  expect(replaceReferences(`x=endpoint:${ID}`, () => 'r:/srv')).toBe('x=r:/srv')
})
