import { expect, test } from 'vitest'
import { flood } from '#tests/faults/flood.ts'

test.skipIf(process.platform !== 'linux')(
  'a log of 1 GB: the job completes, its log is capped, memory and answers stay as they are',
  async () => {
    const figures = await flood(1000, 300_000)
    console.log(figures)
    expect(figures.answers).toBeGreaterThan(1)
  },
  600_000,
)
