import { eq, sql } from 'drizzle-orm'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { watchedFiles } from '#lib/db/schema/watches.ts'
import { happening, openLedger } from '#tests/support/ledger.ts'
import { fileEnd, openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { db, sql: raw } = stage.database
const ledger = openLedger(stage)

const AT = new Date('2026-03-01T23:30:00.125Z')
/** As a watch writes it of a file of one byte, on a disk whose times are finer than milliseconds. */
const MARK = `1:${AT.getTime()}.4567:77`

/** A job that is to move these files, and the watch knows them. */
async function moving(name: string, paths: string[], mark = MARK) {
  const a = await ledger(name, '{path}/{filename}', { operation: 'move' })
  for (const path of paths) {
    const [base, ...folders] = path.split('/').reverse()
    const folder = folders.reverse().join('/')
    await db
      .insert(watchedFiles)
      .values({ triggerId: a.triggerId, folderHash: sql`md5(${folder})::uuid`, folder, name: base!, mark })
  }
  await a.record(...paths.map((path) => happening(path, { occurredAt: AT })))
  await a.gather()
  const held = (await stage.claim(await a.jobOf(paths[0]!)))!
  return {
    end: () => stage.end(held, { kind: 'completed' }, { files: paths.map((path) => fileEnd(path)) }),
    async known(): Promise<string[]> {
      const rows = await db.select().from(watchedFiles).where(eq(watchedFiles.triggerId, a.triggerId))
      return rows.map((row) => [row.folder, row.name].filter((part) => part !== '').join('/')).sort()
    },
  }
}

test('what was moved away is forgotten, in whatever folder, and a version that came since is not', async () => {
  const paths = ['top', 'deep/er/below', 'same/same', 'é/ü']
  const first = await moving('first', paths)
  expect(await first.known()).toEqual([...paths].sort())
  await first.end()
  expect(await first.known()).toEqual([])

  const second = await moving('second', ['newer'], `2:${AT.getTime() + 1}:78`)
  await second.end()
  expect(await second.known()).toEqual(['newer'])
})

test('the watch that forgets them at the same moment is not waited for', async () => {
  const both = await moving('both', ['a', 'b'])
  const watch = await raw.reserve()
  onTestFinished(() => watch.release())
  await watch.unsafe('begin')
  await watch.unsafe(`delete from watched_files where name = 'b'`)
  // To wait would be to wait for ever: the watch ends only after it.
  await both.end()
  expect(await both.known()).toEqual(['b'])
  await watch.unsafe('commit')
  expect(await both.known()).toEqual([])
})
