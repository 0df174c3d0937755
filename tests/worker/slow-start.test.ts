import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { LEASE_SECONDS } from '#lib/jobs/claim-attempt.ts'
import { eventually } from '#tests/start/processes.ts'
import { rclonesOf } from '#tests/support/chaos/scene.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder, treeOf } from '#tests/support/files.ts'

test('an attempt that waits for its rclone longer than a lease stays its worker’s', async () => {
  const depot = await openDepot()
  const folder = await tempFolder(afterAll)
  const [rclone, slow] = [join(folder, 'rclone'), join(folder, 'slow')]
  const wait = `[ ! -e '${slow}' ] || sleep ${LEASE_SECONDS + 6}`
  await writeFile(rclone, `#!/bin/sh\n${wait}\nexec '${inject('rclone')}' "$@"\n`)
  await chmod(rclone, 0o755)
  const worker = await depot.worker(afterAll, { rclone, slots: 1 })
  await writeFile(slow, '')
  // The one that is warm: from now on starting another takes its time.
  const [warm] = rclonesOf(worker)
  process.kill(warm!.pid, 'SIGKILL')
  await eventually('it was noticed', () => !rclonesOf(worker).some(({ pid }) => pid === warm!.pid))
  await plant(depot.in, { 'a.txt': 'a' })
  const began = performance.now()
  const job = await depot.run()
  expect(performance.now() - began).toBeGreaterThan(LEASE_SECONDS * 1000)
  expect([job.state, job.attempt, job.errorMessage]).toEqual(['completed', 1, null])
  expect(treeOf(depot.out)).toEqual({ 'a.txt': 'a' })
  expect(worker.output()).not.toContain('gave lost attempts back')
})
