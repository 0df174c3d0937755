import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { plantLarge, treeOf } from '#tests/support/files.ts'
import { begin, openSides, openSlot, ordinaryRclone } from '#tests/support/slots.ts'

const slot = await openSlot(afterAll, await ordinaryRclone(afterAll))

// While rclone makes its first list a stop can make it answer that all went well: about one in a hundred here.
test('a transfer that is stopped while it starts is never a completed one', async () => {
  const sides = await openSides()
  await plantLarge(join(sides.in, 'large'), 64 * 1024 * 1024)
  const ends = []
  for (let n = 0; n < 200; n += 1) {
    const transfer = begin(slot, { operation: 'copy', ...sides, options: { bandwidth: 1024 * 1024 } })
    await sleep(Math.random() * 5)
    await transfer.stop()
    ends.push((await transfer.done).outcome.kind)
    await slot.reset(transfer.group)
  }
  expect(treeOf(sides.out)).toEqual({})
  expect(new Set(ends)).toEqual(new Set(['cancelled']))
})
