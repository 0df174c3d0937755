import { onTestFinished, test } from 'vitest'
import { openDepot } from '#tests/support/depot.ts'
import { dropTwice } from '#tests/support/watching.ts'

test('100,000 files dropped, twice, the second time across a restart: each is told once', async () => {
  const took = await dropTwice(await openDepot(undefined, onTestFinished), {
    count: 100_000,
    withinMs: 30 * 60_000,
  })
  console.log(`RESULT watch: ${took}`)
})
