import { expect, test } from 'vitest'
import { type Cause, causes } from '#lib/jobs/causes.ts'
import { retryDelay } from '#lib/jobs/retry-policy.ts'

const all = Object.keys(causes) as Cause[]
const outages: Cause[] = ['network', 'host_unknown']
const of = (retry: string) => all.filter((cause) => causes[cause].retry === retry)

test.each(of('person'))('%s waits for a person, however often', (cause) => {
  for (const tries of [1, 2, 100]) expect(retryDelay(cause, { tries, retries: 0 }, 0.5)).toBeNull()
})

test.each(of('now'))('%s is tried at once, five times', (cause) => {
  expect([1, 2, 3, 4, 5, 6].map((tries) => retryDelay(cause, { tries, retries: 0 }, 0.5))).toEqual([
    0,
    0,
    0,
    0,
    null,
    null,
  ])
})

test.each(of('later').filter((cause) => !outages.includes(cause)))(
  '%s is tried four times, twice as late each',
  (cause) => {
    expect([1, 2, 3, 4, 5].map((tries) => retryDelay(cause, { tries, retries: tries - 1 }, 0.5))).toEqual([
      2000,
      4000,
      8000,
      null,
      null,
    ])
  },
)

test.each(outages)('%s bears an outage of a quarter of an hour', (cause) => {
  const delays = (random: number) =>
    Array.from({ length: 16 }, (_, n) => retryDelay(cause, { tries: n + 1, retries: n }, random))
  const longest = Array.from({ length: 9 }, () => 120)
  expect(delays(0.5)).toEqual([2, 4, 8, 16, 32, 64, ...longest, null].map((s) => s && s * 1000))
  const shortest = delays(0).reduce<number>((sum, ms) => sum + (ms ?? 0), 0)
  expect(shortest).toBeGreaterThanOrEqual(15 * 60_000)
})

test('attempts that failed together are spread over half the delay', () => {
  expect([0, 0.5, 1].map((random) => retryDelay('network', { tries: 3, retries: 2 }, random))).toEqual([
    6000, 8000, 10_000,
  ])
})

test('files that arrive at each attempt slow it down all the same, and end it after fifty', () => {
  const delays = Array.from({ length: 51 }, (_, retries) =>
    retryDelay('files_failed', { tries: 1, retries }, 0.5),
  )
  expect(delays.filter((_, n) => n % 5 === 0).map((ms) => ms && ms / 1000)).toEqual([
    ...[2, 4, 8, 16, 32, 64, 120, 120, 120, 120],
    null,
  ])
  expect(delays.indexOf(null)).toBe(50)
})
