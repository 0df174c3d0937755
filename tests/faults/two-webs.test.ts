import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { attempts } from '#lib/db/schema/jobs.ts'
import { eventually } from '#tests/start/processes.ts'
import { client, makeKey } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { follow } from '#tests/support/follower.ts'
import { trickle } from '#tests/support/trickle.ts'
import { startWeb } from '#tests/support/web.ts'
import { whenEnded } from '#tests/support/when.ts'

test('two webs on one database are one: a key counts at both, and who loses his goes on at the other', async () => {
  const depot = await openDepot(undefined, onTestFinished)
  await plant(join(depot.in, 'few'), { 'a.txt': 'a', 'b/c.txt': 'c' })
  await depot.worker(onTestFinished)
  const webs = [
    await startWeb(depot.database.url, onTestFinished),
    await startWeb(depot.database.url, onTestFinished),
  ] as const
  const authorization = `Bearer ${await makeKey(depot.ctx, 'operator')}`
  const [first, second] = webs.map(({ url }) => client(url, { authorization })) as [
    ReturnType<typeof client>,
    ReturnType<typeof client>,
  ]
  // One of each web alone, and two that may go to either and begin at different ones.
  const [stays, atFirst, atSecond] = [
    follow([second], onTestFinished),
    follow([first, second], onTestFinished),
    follow([second, first], onTestFinished),
  ]
  const input = (n: number) => ({
    operation: 'copy',
    source: { endpointId: depot.source.id, path: 'few' },
    destination: { endpointId: depot.destination.id, path: `few-${n}` },
  })
  const creating = trickle([first, second], input, 20)
  await eventually('jobs are created', () => creating.created.length > 10)
  await webs[0].stop('SIGKILL')
  const before = creating.created.length
  await eventually('jobs are created at the other', () => creating.created.length > before + 10, 20_000)
  const created = await creating.stop()
  const ids = created.map(({ id }) => id)

  for (const follower of [stays, atFirst, atSecond]) {
    await follower.knowsEndOf(ids)
    expect(ids.map((id) => follower.statesOf(id).at(-1))).toEqual(ids.map(() => 'completed'))
  }
  expect(stays.breaks).toBe(0)
  expect(atFirst.breaks).toBeGreaterThan(0)
  expect(new Set(created.flatMap(({ refusals }) => refusals))).toEqual(new Set([null]))
  for (const [n, id] of ids.entries()) {
    expect(await whenEnded(depot.database, id)).toMatchObject({ state: 'completed', attempt: 1 })
    const tries = await depot.database.db.select().from(attempts).where(eq(attempts.jobId, id))
    expect(tries).toMatchObject([{ state: 'completed', epoch: 1 }])
    expect(treeOf(join(depot.out, `few-${n}`))).toEqual(treeOf(join(depot.in, 'few')))
  }
})
