import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from '#app/_components/live/paced.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('twenty changes a second for a minute ask for a page every two seconds, and soon after the last no more', () => {
  const run = vi.fn()
  const { ask } = paced(2000, run)
  for (let n = 0; n < 1200; n += 1) {
    ask()
    vi.advanceTimersByTime(50)
  }
  expect(run.mock.calls.length).toBeGreaterThan(25)
  expect(run.mock.calls.length).toBeLessThanOrEqual(31)
  const before = run.mock.calls.length
  vi.advanceTimersByTime(3_600_000)
  // The one for the last change.
  expect(run.mock.calls.length).toBe(before + 1)
})

test('the first change is told at once, and each is told', () => {
  const run = vi.fn()
  const { ask } = paced(2000, run)
  ask()
  vi.advanceTimersByTime(100)
  expect(run).toHaveBeenCalledTimes(1)
  ask()
  vi.advanceTimersByTime(1999)
  expect(run).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  expect(run).toHaveBeenCalledTimes(2)
})

test('a page that is left asks for nothing, and one that is shown again does', () => {
  const run = vi.fn()
  const { ask, stop } = paced(2000, run)
  ask()
  stop()
  vi.advanceTimersByTime(60_000)
  expect(run).not.toHaveBeenCalled()
  ask()
  vi.advanceTimersByTime(100)
  expect(run).toHaveBeenCalledTimes(1)
})
