import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Hinted } from '#workers/watchers/hinted.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const AT_ONCE = 500
const taken = (hinted: Hinted) => [...hinted.takeNames(AT_ONCE).values()].flat()

test('the first name is looked at at once, those that come soon after it together', () => {
  const hinted = new Hinted()
  expect(hinted.nextAt).toBe(Number.POSITIVE_INFINITY)
  hinted.name('', 'first')
  expect(hinted.nextAt).toBeLessThanOrEqual(performance.now())
  expect(taken(hinted)).toEqual(['first'])
  let looks = 0
  const seen: string[] = []
  for (let n = 0; n < 200; n += 1) {
    hinted.name('', `f${n}`)
    vi.advanceTimersByTime(2)
    const some = taken(hinted)
    if (some.length > 0) looks += 1
    seen.push(...some)
  }
  vi.advanceTimersByTime(hinted.nextAt - performance.now())
  seen.push(...taken(hinted))
  expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => `f${n}`))
  // 400 milliseconds.
  expect(looks).toBe(4)
})

test('of very many none waits for the next time', () => {
  const hinted = new Hinted()
  for (let n = 0; n < 2000; n += 1) hinted.name(`folder ${n % 10}`, `f${n}`)
  const seen = [taken(hinted), taken(hinted), taken(hinted), taken(hinted)]
  expect(seen.flat()).toHaveLength(2000)
  expect(seen.map((some) => some.length > 0)).toEqual([true, true, true, true])
})

test('more of one folder than can be told apart: the folder is read', () => {
  const hinted = new Hinted()
  for (let n = 0; n < 2100; n += 1) hinted.name('many', `f${n}`)
  expect(taken(hinted)).toEqual([])
  expect([...hinted.dueFolders()]).toEqual(['many'])
})
