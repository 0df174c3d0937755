import { afterAll, beforeAll, expect, test } from 'vitest'
import { logText, readLogLines } from '#lib/jobs/log-lines.ts'
import { reportAttempts } from '#lib/jobs/report-attempts.ts'
import { openStage, reportOf } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx } = stage
let id = ''

beforeAll(async () => {
  const { job, held } = await stage.running('log')
  id = job.id
  const at = '2026-11-21T10:00:00.000Z'
  for (let n = 1; n <= 50; n += 1) {
    const log = [
      { at, level: 'info' as const, message: `line ${n}` },
      { at, level: n === 7 ? ('error' as const) : ('debug' as const), message: `more ${n}`, path: 'a\nb' },
    ]
    await reportAttempts({ ctx: ctx.agent, reports: [reportOf(held, { log })] })
  }
})

const read = (input: object) => readLogLines({ ctx: ctx.viewer, id, input })

test('begins at its end and is read back to its beginning', async () => {
  const end = await read({})
  expect(end.lines.at(-1)).toMatchObject({ id: '50.1', message: 'more 50' })
  expect(end).toMatchObject({ first: 31, last: 50, moreBefore: true, moreAfter: false })
  const before = await read({ before: end.first! })
  expect(before).toMatchObject({ first: 11, last: 30, moreBefore: true, moreAfter: true })
  const start = await read({ before: before.first! })
  expect(start).toMatchObject({ first: 1, last: 10, moreBefore: false })
  expect(start.lines[0]).toMatchObject({ id: '1.0', message: 'line 1', attempt: 1 })
})

test('is followed from where it was read to', async () => {
  expect(await read({ after: 48 })).toMatchObject({ first: 49, last: 50, moreAfter: false })
  expect(await read({ after: 50 })).toMatchObject({ lines: [], first: null, last: null, moreAfter: false })
})

test('a line is found again by its id, with what comes after it', async () => {
  const there = await read({ from: 6 })
  expect(there).toMatchObject({ first: 6, last: 25, moreBefore: true, moreAfter: true })
  expect(there.lines.find((line) => line.id === '7.1')).toMatchObject({ level: 'error', message: 'more 7' })
})

test('is narrowed to what is grave', async () => {
  const grave = await read({ level: 'warning', from: 1 })
  expect(grave.lines.map((line) => line.id)).toEqual(['7.1'])
  await expect(read({ level: 'loud' })).rejects.toMatchObject({ kind: 'invalid' })
})

test('as a text it is whole, a line for each line', async () => {
  let text = ''
  for await (const part of logText({ ctx: ctx.viewer, id })) text += part
  const lines = text.trimEnd().split('\n')
  expect(lines).toHaveLength(100)
  expect(lines[0]).toBe('2026-11-21T10:00:00.000Z attempt 1 info     line 1')
  expect(lines[13]).toBe('2026-11-21T10:00:00.000Z attempt 1 error    a\\nb: more 7')
})
