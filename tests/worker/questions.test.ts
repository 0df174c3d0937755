import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { questions } from '#lib/db/schema/agents.ts'
import { testEndpoint, testUnsavedEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { browseEndpoint } from '#lib/files/list-files.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder } from '#tests/support/files.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { db, sql } = depot.database
const hub = new LiveHub(sql)
const ctx: Context = { ...depot.ctx.operator, ask: asker(db, hub) }
const id = depot.source.id
const outside = await tempFolder(afterAll)
const browse = (input: object) => browseEndpoint({ ctx, id, input })

beforeAll(async () => {
  await plant(depot.in, {
    ...{ 'b.txt': 'bb', 'A10.txt': '', 'a2.txt': '', 'Zoo/x': '', 'deep/er/y.txt': 'y', 'line\nbreak': 'n' },
    'many/': '',
  })
  await plant(join(depot.in, 'many'), Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`f${n}`, ''])))
  symlinkSync(outside, join(depot.in, 'link'))
})

describe('browsing', () => {
  test('lists folders first, then names as people order them, and no links', async () => {
    const { items, nextCursor } = await browse({})
    expect(items.map(({ name, isFolder }) => [name, isFolder])).toEqual([
      ...[
        ['deep', true],
        ['many', true],
        ['Zoo', true],
      ],
      ...[
        ['a2.txt', false],
        ['A10.txt', false],
        ['b.txt', false],
        ['line\nbreak', false],
      ],
    ])
    expect(nextCursor).toBeNull()
    expect(items.find(({ name }) => name === 'b.txt')).toMatchObject({
      path: 'b.txt',
      size: 2,
      modifiedAt: expect.stringMatching(/Z$/),
    })
  })

  test('goes into folders, with paths from the endpoint’s root', async () => {
    expect((await browse({ path: 'deep/er' })).items).toMatchObject([
      { name: 'y.txt', path: 'deep/er/y.txt', size: 1 },
    ])
  })

  test('goes page by page through each entry once', async () => {
    const names: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await browse({ path: 'many', limit: 10, ...(cursor && { cursor }) })
      names.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor
    }
    expect(names).toEqual(Array.from({ length: 25 }, (_, n) => `f${n}`))
  })

  test.each([
    ['what is not there', 'nothing', { kind: 'not_found' }],
    ['a file', 'b.txt', { kind: 'invalid', issues: [{ path: 'path' }] }],
    [
      'a link that leads outside',
      'link',
      { kind: 'invalid', message: expect.stringContaining('outside the allowed') },
    ],
    ['a path that climbs', '../out', { kind: 'invalid' }],
  ])('of %s is refused', async (_, path, refusal) => {
    await expect(browse({ path })).rejects.toMatchObject(refusal)
  })
})

describe('a test', () => {
  test('of a good endpoint passes each stage', async () => {
    expect(await testEndpoint({ ctx, id })).toMatchObject({
      ok: true,
      stages: [
        { stage: 'roots', ok: true, cause: null },
        { stage: 'list', ok: true, cause: null, message: 'Listed 7 entries.' },
      ],
    })
  })

  test('of a folder that is not there says so', async () => {
    const path = join(depot.root, 'missing')
    expect(await testUnsavedEndpoint({ ctx, input: { type: 'local', path } })).toMatchObject({
      ok: false,
      stages: [
        { ok: true },
        { stage: 'list', ok: false, cause: 'source_missing', message: expect.stringContaining(path) },
      ],
    })
  })

  test('of a link out of the roots fails at the first stage', async () => {
    const linked = await createEndpoint({
      ctx: depot.ctx.owner,
      input: { name: 'link', type: 'local', path: join(depot.in, 'link') },
    })
    expect(await testEndpoint({ ctx, id: linked.id })).toMatchObject({
      ok: false,
      stages: [{ stage: 'roots', ok: false, cause: 'outside_roots' }],
    })
  })

  test('of a folder outside the roots is not even asked', async () => {
    await expect(testUnsavedEndpoint({ ctx, input: { type: 'local', path: outside } })).rejects.toMatchObject(
      {
        kind: 'invalid',
        issues: [{ path: 'path' }],
      },
    )
  })
})

test('many questions at once are each answered, and none is left behind', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => browse({ path: n % 2 ? 'many' : 'deep' })),
  )
  expect(answers.map(({ items }) => items.length)).toEqual(
    Array.from({ length: 30 }, (_, n) => (n % 2 ? 25 : 1)),
  )
  expect(await db.$count(questions)).toBe(0)
})
