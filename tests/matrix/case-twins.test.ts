import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listEvents } from '#lib/events/queries.ts'
import { recordEvents } from '#lib/events/record-events.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { runTemplate } from '#lib/templates/run-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { happening } from '#tests/support/ledger.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { startSamba } from '#tests/support/servers/samba.ts'
import { openWarehouse } from '#tests/support/warehouse.ts'
import { whenEnded } from '#tests/support/when.ts'

// Two names that differ in case only are two files here and one at the destination.

const twins = { 'A.txt': 'upper', 'a.txt': 'lower', 'b.txt': 'b' }

async function open() {
  const server = await startSamba(onTestFinished)
  const warehouse = await openWarehouse({}, onTestFinished)
  const folder = await plant(join(warehouse.root, 'in'), twins)
  const source = await warehouse.endpoint('in', { type: 'local', path: folder, settings: {} })
  const destination = await warehouse.endpoint('out', server)
  return { server, warehouse, folder, source, destination }
}

describe.skipIf(cannotRun('samba'))('two files here that are one name there', () => {
  test.each(['copy', 'move'] as const)('with places of their own, in a %s', async (operation) => {
    const { server, warehouse, folder, source, destination } = await open()
    const { ctx, database } = warehouse
    const template = await createTemplate({
      ctx: ctx.operator,
      input: {
        ...{ name: 'twins', operation, source: { endpointId: source.id, path: '' } },
        destinations: [{ endpointId: destination.id, path: 'to/{filename}' }],
      },
    })
    const { id } = await runTemplate({ ctx: ctx.operator, id: template.id, input: {} })
    const first = await whenEnded(database, id)
    expect(first).toMatchObject({ state: 'failed', errorCause: 'files_blocked', attempt: 1 })
    const failed = (await warehouse.files(id)).filter(({ state }) => state === 'failed')
    expect(failed).toMatchObject([{ path: 'a.txt', error: { cause: 'name_not_allowed' } }])
    expect(failed[0]!.error!.message).toContain(
      'A.txt goes to the same place, to/a.txt (the destination takes',
    )
    // However often it is tried again, neither is written over the other.
    await retryJob({ ctx: ctx.operator, id })
    await whenEnded(database, id)
    expect(treeOf(join(server.folder, 'to'))).toEqual({ 'A.txt': 'upper', 'b.txt': 'b' })
    expect(treeOf(folder)).toEqual(operation === 'move' ? { 'a.txt': 'lower' } : twins)
  })

  test('as events of two jobs', async () => {
    const { server, warehouse, folder, source, destination } = await open()
    const { ctx } = warehouse
    const template = await createTemplate({
      ctx: ctx.operator,
      input: {
        ...{ name: 'twins', operation: 'move', source: { endpointId: source.id, path: '' } },
        destinations: [{ endpointId: destination.id, path: 'to' }],
        // Longer than this takes: its events are written here.
        triggers: [{ type: 'watch', readyAfterSeconds: 3600 }],
      },
    })
    const tell = async (path: string, key: string) => {
      const triggerId = template.triggers[0]!.id
      await recordEvents({ ctx: ctx.agent, triggerId, happenings: [happening(path, { key })] })
      const newest = async () =>
        (await listEvents({ ctx: ctx.viewer, input: { templateId: template.id, limit: 1 } })).items[0]!
      await eventually('it has a fate', async () => (await newest()).state !== 'pending')
      return newest()
    }
    expect(await tell('A.txt', '1')).toMatchObject({ path: 'A.txt', state: 'transferred' })
    const reason = expect.stringMatching(/^A\.txt goes to the same place, to\/a\.txt \(the destination takes/)
    expect(await tell('a.txt', '2')).toMatchObject({ path: 'a.txt', state: 'failed', reason })
    await plant(folder, { 'A.txt': 'newer' })
    expect(await tell('A.txt', '3')).toMatchObject({ path: 'A.txt', state: 'transferred' })
    expect(treeOf(join(server.folder, 'to'))).toEqual({ 'A.txt': 'newer' })
    expect(treeOf(folder)).toEqual({ 'a.txt': 'lower', 'b.txt': 'b' })
  })

  test.each(['copy', 'move'] as const)('as they lie there, in a %s', async (operation) => {
    const { server, warehouse, folder, source, destination } = await open()
    const job = await warehouse.run({ operation, from: [source, ''], to: [destination, 'to'] })
    expect(job).toMatchObject({ state: 'failed', errorCause: 'name_not_allowed', attempt: 1 })
    const failed = (await warehouse.files(job.id)).filter(({ state }) => state === 'failed')
    expect(failed).toHaveLength(1)
    const [kept] = failed
    const { [kept!.path as keyof typeof twins]: content, ...carried } = twins
    expect(treeOf(join(server.folder, 'to'))).toEqual(carried)
    expect(treeOf(folder)).toEqual(operation === 'move' ? { [kept!.path]: content } : twins)
  })
})
