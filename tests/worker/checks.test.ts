import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { AssignedSide, Assignment } from '#lib/jobs/assignment.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { openSides, openSlot } from '#tests/support/slots.ts'
import { makeReady } from '#workers/transfer/checks.ts'

const slot = await openSlot(afterAll)

function sideOf(root: string): AssignedSide {
  return {
    ...{ row: root, type: 'local', root, path: '', settings: {}, secrets: {}, wrapped: [], roots: [root] },
    deleted: false,
  }
}

test('a source whose mount goes away during the checks does not empty the destination', async () => {
  const sides = await openSides({ 'a.txt': 'a', 'b.txt': 'b' })
  const partial = join(sides.out, 'a.txt.0123abcd.partial')
  await plant(sides.out, { 'a.txt': 'a', 'b.txt': 'b', 'a.txt.0123abcd.partial': 'half' })
  const opened = (place: typeof sides.source) => ({
    place,
    secrets: [],
    localBases: [],
    localBasesAt: async () => [],
    tokens: [],
  })
  const assignment: Assignment = {
    ...{ attemptId: 'a', epoch: 1, jobId: 'j', number: 2, operation: 'sync', jobBegan: new Date(0) },
    ...{ source: sideOf(sides.in), destination: sideOf(sides.out), options: {}, limits: [] },
    ...{ alreadyMoved: false, plan: null, pairs: null },
  }
  const checking = {
    ...{ slot, assignment, from: opened(sides.source), to: opened(sides.destination), note: () => {} },
    ...{ plane: { claimPlaces: async () => [] }, step: () => {} },
  }
  expect(await makeReady(checking)).toMatchObject({ sourceIsFile: false, pairs: null })
  await plant(sides.out, { 'a.txt.0123abcd.partial': 'half' })
  // What is left of an earlier attempt has been removed: the source is no longer looked at but by the last question.
  const step = () => {
    if (!existsSync(partial))
      for (const name of ['a.txt', 'b.txt']) rmSync(join(sides.in, name), { force: true })
  }
  expect(await makeReady({ ...checking, step })).toMatchObject({ kind: 'failed', cause: 'source_empty' })
  expect(treeOf(sides.out)).toEqual({ 'a.txt': 'a', 'b.txt': 'b' })
})
