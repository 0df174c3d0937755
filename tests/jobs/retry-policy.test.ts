import { expect, test } from 'vitest'
import { type Cause, causes } from '#lib/jobs/causes.ts'
import { retryDelay } from '#lib/jobs/retry-policy.ts'

const all = Object.keys(causes) as Cause[]
const of = (retry: string) => all.filter((cause) => causes[cause].retry === retry)

test.each(of('person'))('%s waits for a person, however often', (cause) => {
  for (const tries of [1, 2, 100]) expect(retryDelay(cause, tries, 0.5)).toBeNull()
})

test.each(of('now'))('%s is tried at once, five times', (cause) => {
  expect([1, 2, 3, 4, 5, 6].map((tries) => retryDelay(cause, tries, 0.5))).toEqual([0, 0, 0, 0, null, null])
})

test.each(of('later').filter((cause) => cause !== 'network'))(
  '%s is tried four times, twice as late each',
  (cause) => {
    expect([1, 2, 3, 4, 5].map((tries) => retryDelay(cause, tries, 0.5))).toEqual([
      2000,
      4000,
      8000,
      null,
      null,
    ])
  },
)

test('network bears an outage of a quarter of an hour', () => {
  const delays = Array.from({ length: 12 }, (_, n) => retryDelay('network', n + 1, 0.5))
  expect(delays).toEqual([2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120, null].map((s) => s && s * 1000))
})

test('attempts that failed together are spread over half the delay', () => {
  expect([0, 0.5, 1].map((random) => retryDelay('network', 3, random))).toEqual([6000, 8000, 10_000])
})
