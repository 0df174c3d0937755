import { expect, onTestFinished, test } from 'vitest'
import { connect } from '#lib/db/client.ts'
import { openStage } from '#tests/support/stage.ts'

test('a process that stalls in the middle of a transaction gives up what it has locked', async () => {
  const { database, source } = await openStage(onTestFinished)
  const stalled = connect(database.url, { max: 1, name: 'stalled' })
  onTestFinished(() => stalled.close())
  const isHeld = Promise.withResolvers<void>()
  const lost = stalled.sql
    .begin(async (tx) => {
      await tx`select 1 from endpoints where id = ${source.id} for update`
      isHeld.resolve()
      // As one that is frozen, or cut off: nothing is sent any more.
      await new Promise(() => {})
    })
    .catch((error: unknown) => error)
  await isHeld.promise
  const others = database.sql`select name from endpoints where id = ${source.id} for update`
  expect(await others).toMatchObject([{ name: 'in' }])
  expect(String(await lost)).toMatch(/idle-in-transaction|CONNECTION_CLOSED|closed/i)
}, 60_000)
