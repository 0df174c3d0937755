import { eq } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { auditEntries } from '#lib/db/schema/audit.ts'
import { jobs } from '#lib/db/schema/jobs.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { jobSchema } from '#lib/jobs/schema.ts'
import { openStage } from '#tests/support/stage.ts'

const stage = await openStage(afterAll)
const { ctx, database, source, destination } = stage
const create = (input: unknown) => createJob({ ctx: ctx.operator, input })

describe('a job', () => {
  test('is queued with one attempt, one message and one audit row', async () => {
    const job = await create(stage.input('films/a5.mov', { options: { bandwidth: '10M', priority: 3 } }))
    expect(() => jobSchema.strict().parse(job)).not.toThrow()
    expect(job).toMatchObject({
      state: 'queued',
      operation: 'copy',
      source: { endpointId: source.id, path: 'films/a5.mov' },
      options: { bandwidth: '10M', priority: 3 },
      ...{ attempt: 1, bytes: 0, error: null, startedAt: null, finishedAt: null, waitingFor: null },
    })
    const [attempt, ...more] = await stage.attemptsOf(job.id)
    expect(more).toEqual([])
    expect(attempt).toMatchObject({ number: 1, state: 'queued', epoch: 0 })
    const messages = await database.sql`
      select state, priority from pgboss.job where data->>'attemptId' = ${attempt!.id}`
    expect(messages.map((row) => ({ ...row }))).toEqual([{ state: 'created', priority: 3 }])
    const audits = await database.db.select().from(auditEntries).where(eq(auditEntries.subjectId, job.id))
    expect(audits).toMatchObject([
      { action: 'job.create', actorType: 'user', actorLabel: 'operator@studio.example' },
    ])
  })

  test.each([
    ['', ''],
    ['a//b/./c/', 'a/b/c'],
    ['./:name', ':name'],
    ['-rf', '-rf'],
    ['a\nb', 'a\nb'],
    [`d/${'ü'.repeat(127)}x`, `d/${'ü'.repeat(127)}x`],
  ])('takes the path %j as %j', async (path, stored) => {
    const job = await create(stage.input(path))
    expect(job.source.path).toBe(stored)
  })
})

describe('refused, with nothing written, is', () => {
  const side = (path: string) => ({ source: { endpointId: source.id, path } })
  const nobody = '0199f2a4-0000-7000-8000-00000000dead'
  test.each<[string, unknown, string]>([
    ['an unknown field', { ...stage.input(), colour: 'red' }, 'colour'],
    ['an unknown option', stage.input('a', { options: { bandwith: '1M' } as never }), 'options.bandwith'],
    [
      'an unknown field of a side',
      { ...stage.input(), source: { endpointId: source.id, root: '/' } },
      'source.root',
    ],
    ['an unknown operation', { ...stage.input(), operation: 'delete' }, 'operation'],
    ['a missing operation', { ...stage.input(), operation: undefined }, 'operation'],
    ['a missing side', { ...stage.input(), destination: undefined }, 'destination'],
    ['an id that is none', { ...stage.input(), source: { endpointId: 'in' } }, 'source.endpointId'],
    [
      'a path that is no text',
      { ...stage.input(), source: { endpointId: source.id, path: 7 } },
      'source.path',
    ],
    ['a transfers that is no number', { ...stage.input(), options: { transfers: '4' } }, 'options.transfers'],
    ['a transfers out of range', { ...stage.input(), options: { transfers: 65 } }, 'options.transfers'],
    [
      'a bandwidth that is no rate',
      { ...stage.input(), options: { bandwidth: '10M:5M' } },
      'options.bandwidth',
    ],
    ['a source nobody made', { ...stage.input(), source: { endpointId: nobody } }, 'source.endpointId'],
    [
      'a destination nobody made',
      { ...stage.input(), destination: { endpointId: nobody } },
      'destination.endpointId',
    ],
    ['a path that climbs', { ...stage.input(), ...side('a/../../etc') }, 'source.path'],
    ['a path that only climbs', { ...stage.input(), ...side('..') }, 'source.path'],
    ['an absolute path', { ...stage.input(), ...side('/etc/passwd') }, 'source.path'],
    ['a connection string', { ...stage.input(), ...side(':sftp,ssh=sh:') }, 'source.path'],
    ['a NUL', { ...stage.input(), ...side('a\0b') }, 'source.path'],
    ['a lone surrogate', { ...stage.input(), ...side('a\ud800') }, 'source.path'],
    ['a name of 256 bytes', { ...stage.input(), ...side(`${'ü'.repeat(127)}xy`) }, 'source.path'],
    ['a path of 4,097 characters', { ...stage.input(), ...side(`${'a/'.repeat(2048)}b`) }, 'source.path'],
    ['no object at all', null, ''],
    ['a list', [], ''],
  ])('%s', async (_, input, path) => {
    const before = await database.db.$count(jobs)
    const refusal = await create(input).then(
      () => null,
      (error) => error,
    )
    expect(refusal).toMatchObject({ kind: 'invalid' })
    expect(refusal.issues.map((issue: { path: string }) => issue.path)).toContain(path)
    expect(await database.db.$count(jobs)).toBe(before)
  })

  test('a deleted endpoint', async () => {
    const gone = await createEndpoint({
      ctx: ctx.owner,
      input: { name: 'gone', type: 'local', path: '/srv/gone' },
    })
    await deleteEndpoint({ ctx: ctx.owner, id: gone.id })
    const input = { ...stage.input(), destination: { endpointId: gone.id } }
    await expect(create(input)).rejects.toMatchObject({
      kind: 'invalid',
      issues: [{ path: 'destination.endpointId' }],
    })
  })
})

describe('source and destination', () => {
  const within = (operation: string, from: string, to: string, toId = source.id) => ({
    operation,
    source: { endpointId: source.id, path: from },
    destination: { endpointId: toId, path: to },
  })

  test.each([
    ['copy', 'a', 'a'],
    ['copy', 'a', 'a/b'],
    ['copy', '', 'b'],
    ['move', 'a', 'a/b'],
    ['sync', 'a/b', 'a'],
    ['sync', 'a', ''],
  ])('may not overlap: %s of "%s" into "%s"', async (operation, from, to) => {
    await expect(create(within(operation, from, to))).rejects.toMatchObject({
      kind: 'invalid',
      issues: [{ path: 'destination.path' }],
    })
  })

  test.each([
    ['copy', 'a', 'ab'],
    ['copy', 'a/b', 'a'],
    ['sync', 'a', 'b'],
  ])('may lie side by side: %s of "%s" into "%s"', async (operation, from, to) => {
    expect(await create(within(operation, from, to))).toMatchObject({ state: 'queued' })
  })

  test('may not overlap through two endpoints either', async () => {
    const inner = await createEndpoint({
      ctx: ctx.owner,
      input: { name: 'inner', type: 'local', path: '/srv/in/deep' },
    })
    await expect(create(within('copy', '', 'x', inner.id))).rejects.toMatchObject({ kind: 'invalid' })
    expect(await create(within('copy', 'other', 'x', inner.id))).toMatchObject({ state: 'queued' })
    expect(await create(within('copy', '', '', destination.id))).toMatchObject({ state: 'queued' })
  })
})

describe('with an Idempotency-Key', () => {
  const keyed = (idempotencyKey: string, who = ctx.operator) => ({ ...who, idempotencyKey })

  test('the same request is answered again and made once', async () => {
    const input = stage.input('twice')
    const first = await createJob({ ctx: keyed('one'), input })
    const again = await createJob({ ctx: keyed('one'), input })
    expect(again).toEqual(first)
    expect(await stage.attemptsOf(first.id)).toHaveLength(1)
    expect(await database.db.$count(jobs, eq(jobs.sourcePath, 'twice'))).toBe(1)
  })

  test('another request is refused', async () => {
    await createJob({ ctx: keyed('two'), input: stage.input('a') })
    await expect(createJob({ ctx: keyed('two'), input: stage.input('b') })).rejects.toMatchObject({
      kind: 'conflict',
    })
    const otherVerb = { name: 'x', type: 'local', path: '/srv/x' }
    await expect(createEndpoint({ ctx: keyed('two'), input: otherVerb })).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  test('ten at once make one job and get one answer', async () => {
    const input = stage.input('at-once')
    const made = await Promise.all(
      Array.from({ length: 10 }, () => createJob({ ctx: keyed('three'), input })),
    )
    expect(new Set(made.map((job) => job.id)).size).toBe(1)
    expect(await database.db.$count(jobs, eq(jobs.sourcePath, 'at-once'))).toBe(1)
  })

  test('another actor’s same key is another key', async () => {
    const input = stage.input('two-actors')
    const mine = await createJob({ ctx: keyed('four'), input })
    const theirs = await createJob({ ctx: keyed('four', ctx.operatorKey), input })
    expect(theirs.id).not.toBe(mine.id)
  })

  test('a refused request leaves the key free', async () => {
    const wrong = stage.input('x', { source: { endpointId: destination.id, path: 'x' } })
    await expect(createJob({ ctx: keyed('five'), input: wrong })).rejects.toMatchObject({ kind: 'invalid' })
    expect(await createJob({ ctx: keyed('five'), input: stage.input('x') })).toMatchObject({
      state: 'queued',
    })
  })

  test.each(['', 'a b', 'é', 'x'.repeat(201)])('%j is refused', async (key) => {
    await expect(createJob({ ctx: keyed(key), input: stage.input() })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
})
