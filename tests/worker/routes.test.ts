import { expect, test } from 'vitest'
import type { Assignment } from '#lib/jobs/assignment.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { Routes } from '#workers/routes.ts'

const failed = (cause: 'network' | 'host_unknown' | 'permission'): AttemptOutcome => {
  return { kind: 'failed', cause, message: '' }
}
const silent: AttemptOutcome = { kind: 'interrupted', cause: 'silent', message: '' }
const ANY = Number.POSITIVE_INFINITY

/** A worker's routes on a clock of their own, in seconds. */
function open(slots = 4) {
  let seconds = 0
  let attempts = 0
  const routes = new Routes(slots, () => seconds * 1000)
  return {
    routes,
    wait: (more: number) => {
      seconds += more
    },
    begin(route = 'a b') {
      const [source, destination] = route.split(' ').map((row) => ({ row }))
      const attemptId = String(++attempts)
      routes.begins({ attemptId, source, destination } as Assignment)
      return {
        id: attemptId,
        moves: (moved: number) => routes.moves(attemptId, moved),
        ends: (outcome: AttemptOutcome) => routes.ends(attemptId, outcome),
      }
    },
  }
}

test('a route that works has every slot', () => {
  const { routes, begin } = open()
  for (let n = 0; n < 9; n += 1) begin().ends({ kind: 'completed' })
  begin().ends(failed('permission'))
  begin().ends({ kind: 'cancelled' })
  expect(routes.claim).toEqual({ notOn: [], most: ANY })
})

test.each([failed('network'), failed('host_unknown'), silent])(
  'one that fails for its endpoint gets one attempt at a time, later each time (%o)',
  (trouble) => {
    const { routes, begin, wait } = open()
    // As many as had begun before anything was known tell of it once.
    for (const run of [begin(), begin(), begin(), begin()]) run.ends(trouble)
    for (const seconds of [2, 4, 8, 16, 32, 64, 120, 120]) {
      expect(routes.claim).toEqual({ notOn: ['a b'], most: ANY })
      wait(seconds - 1)
      expect(routes.held).toEqual(['a b'])
      wait(1)
      expect(routes.claim).toEqual({ notOn: [], most: 1 })
      const only = begin()
      expect(routes.claim).toEqual({ notOn: ['a b'], most: ANY })
      wait(60)
      only.ends(trouble)
    }
  },
)

test('it is free again when an attempt completes, and says so once', () => {
  const { routes, begin, wait } = open()
  begin().ends(failed('network'))
  wait(2)
  const again = begin()
  again.ends(failed('permission'))
  expect(routes.claim).toEqual({ notOn: [], most: 1 })
  begin().ends({ kind: 'completed' })
  expect(routes.claim).toEqual({ notOn: [], most: ANY })
  expect(routes.takeFreed()).toEqual(['a b'])
  expect(routes.takeFreed()).toEqual([])
})

test('it is free as soon as an attempt moves anything: a long one keeps nobody waiting', () => {
  const { routes, begin, wait } = open()
  const [hangs, goesOn, fails] = [begin(), begin(), begin()]
  for (const run of [hangs, goesOn]) run.moves(1000)
  wait(60)
  fails.ends(silent)
  // What moved before it was known is no sign.
  expect(hangs.moves(1000)).toBe(false)
  expect(goesOn.moves(1500)).toBe(false)
  expect(routes.held).toEqual(['a b'])
  wait(1)
  expect(hangs.moves(1000)).toBe(false)
  expect(goesOn.moves(1501)).toBe(true)
  expect(routes.held).toEqual([])
  // And the one that hangs tells of it again.
  hangs.ends(silent)
  wait(2)
  const next = begin()
  expect(next.moves(0)).toBe(false)
  expect(next.moves(1)).toBe(true)
})

test('others are as free as before, and several in trouble leave half of the slots', () => {
  const { routes, begin, wait } = open(4)
  for (const route of ['a x', 'a y', 'a z']) begin(route).ends(failed('network'))
  expect(routes.held).toEqual(['a x', 'a y', 'a z'])
  wait(2)
  const one = begin('a x')
  begin('a y')
  for (let n = 0; n < 9; n += 1) begin('a b')
  expect(routes.held).toEqual(['a x', 'a y', 'a z'])
  one.ends(failed('network'))
  expect(routes.held).toEqual(['a x', 'a y'])
})

test('a worker of one slot takes one of them as well, and others in between', () => {
  const { routes, begin, wait } = open(1)
  begin('a x').ends(failed('network'))
  begin('a y').ends(failed('network'))
  wait(2)
  const only = begin('a x')
  expect(routes.held).toEqual(['a x', 'a y'])
  only.ends(failed('network'))
  expect(routes.held).toEqual(['a x'])
})

test('trouble that nobody has met again for a quarter of an hour is forgotten', () => {
  const { routes, begin, wait } = open()
  begin().ends(failed('network'))
  wait(2 + 15 * 60)
  expect(routes.claim.most).toBe(1)
  wait(1)
  expect(routes.claim.most).toBe(ANY)
  expect(routes.takeFreed()).toEqual(['a b'])
})
