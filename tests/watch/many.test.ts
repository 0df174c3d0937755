import { onTestFinished, test } from 'vitest'
import { openDepot } from '#tests/support/depot.ts'
import { dropTwice } from '#tests/support/watching.ts'

test('10,000 files dropped, and as many again across a restart: each is told once', async () => {
  await dropTwice(await openDepot(undefined, onTestFinished), { count: 5000, withinMs: 50_000 })
})
