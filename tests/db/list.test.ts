import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { idsFor } from '#lib/db/ids.ts'
import { numberList, textList } from '#lib/db/list.ts'
import { freshDatabase } from '#tests/support/stage.ts'

const { db } = await freshDatabase(afterAll)

test('a list of texts comes back as it was, whatever they hold', async () => {
  const texts = [
    '',
    'plain',
    'a,b',
    '{x}',
    'say "hi"',
    'back\\slash',
    '\\"',
    'NULL',
    null,
    ' space ',
    'line\nend',
    'ü🙂',
  ]
  expect(await readBack(texts)).toEqual(texts)
  expect(await readBack([])).toEqual([])
})

/** As JSON: the driver reads null in an array as a word. */
async function readBack(texts: (string | null)[]): Promise<unknown> {
  const [row] = await db.execute<{ texts: string }>(sql`select to_jsonb(${textList(texts)})::text as texts`)
  return JSON.parse(row!.texts)
}

test('a list of numbers comes back as it was', async () => {
  const numbers = [0, -7, 1_796_021_413_266, 0.5]
  const [row] = await db.execute<{ numbers: unknown }>(sql`select ${numberList(numbers)} as numbers`)
  expect(row!.numbers).toEqual(numbers)
})

test('ids made for many rows are different, and in the order of their making', () => {
  const newId = idsFor(5000)
  const ids = Array.from({ length: 5000 }, newId)
  expect(new Set(ids).size).toBe(5000)
  expect(ids.toSorted()).toEqual(ids)
})
