import { afterAll, expect, test } from 'vitest'
import { openArena } from '#tests/support/chaos/arena.ts'
import { chanceOf } from '#tests/support/chaos/random.ts'
import { chaosRun } from '#tests/support/chaos/run.ts'

// The short form of tests/long/random-kills.test.ts: a fixed seed, so that it is the same test every time.

const arena = await openArena(afterAll)

test('random kills under random jobs lose nothing', { timeout: 180_000 }, async () => {
  for (const seed of [1, 2]) {
    const { findings } = await chaosRun(arena, chanceOf(seed), `short-${seed}`)
    expect(findings).toEqual([])
  }
})
