import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { triggers } from '#lib/db/schema/templates.ts'
import { type SeenFile, tellFiles } from '#lib/watches/tell-files.ts'
import { openLedger } from '#tests/support/ledger.ts'
import { fileEnd, openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { db } = stage.database
const ledger = openLedger(stage)

/** As on a share, where no inode tells one file from another. */
const seenFile = (folder: string, name: string, size: number, mtimeMs: number): SeenFile => ({
  ...{ folder, name, size, mark: `${size}:${mtimeMs}:`, at: new Date(mtimeMs) },
})

async function telling(name: string, operation: 'copy' | 'move') {
  const one = await ledger(name, 'out', { operation })
  const [trigger] = await db.select().from(triggers).where(eq(triggers.id, one.triggerId))
  const told = { triggerId: one.triggerId, since: trigger!.since, gone: [], tellGone: false }
  return { ...one, see: (...seen: SeenFile[]) => db.transaction((tx) => tellFiles(tx, { ...told, seen })) }
}

async function arrive(jobId: string, ...paths: string[]) {
  const held = (await stage.claim(jobId))!
  await stage.end(held, { kind: 'completed' }, { files: paths.map((path) => fileEnd(path)) })
}

test('a file that a move took away and somebody puts back as it was is an event again', async () => {
  const a = await telling('a', 'move')
  const files = [
    seenFile('', 'top', 3, 1_700_000_000_123.25),
    seenFile('b/ä_%', 'deep.mov', 7, 1_700_000_000_000),
  ]
  await a.see(...files)
  await a.gather()
  expect(await a.see(...files)).toMatchObject({ recorded: 0 })
  await arrive(await a.jobOf('top'), 'top', 'b/ä_%/deep.mov')
  expect(await a.see(...files)).toMatchObject({ recorded: 2 })
  expect((await a.rows()).slice(2).map(({ kind }) => kind)).toEqual(['created', 'created'])
})

test('a version that came while the one before was moved is no event twice; what was copied stays known', async () => {
  const b = await telling('b', 'move')
  await b.see(seenFile('', 'f', 3, 1_700_000_000_000))
  await b.gather()
  const newer = seenFile('', 'f', 3, 1_700_000_000_001)
  await b.see(newer)
  await arrive((await b.rows())[0]!.jobId!, 'f')
  expect(await b.see(newer)).toMatchObject({ recorded: 0 })

  const c = await telling('c', 'copy')
  const file = seenFile('', 'f', 3, 1_700_000_000_000)
  await c.see(file)
  await c.gather()
  await arrive(await c.jobOf('f'), 'f')
  expect(await c.see(file)).toMatchObject({ recorded: 0 })
})
