import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { gatherEvents, OTHER_SOURCE } from '#lib/events/gather-events.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant } from '#tests/support/files.ts'
import { openWatching } from '#tests/support/watching.ts'

const depot = await openDepot()
const worker = await depot.worker(afterAll)
const { watch } = openWatching(depot)
const ctx = depot.ctx.operator
const inside = (...path: string[]) => join(depot.in, ...path)

test('switched off it tells of nothing; on again, of what comes then', async () => {
  const a = await watch('a')
  const id = a.template.id
  await a.ready()
  await writeFile(inside('a/1'), '1')
  await a.settled(1)
  await updateTemplate({ ctx, id, input: { enabled: false } })
  await writeFile(inside('a/2'), '2')
  await updateTemplate({ ctx, id, input: { enabled: true } })
  await eventually('it has begun anew', async () => {
    await a.ready()
    return worker.output().includes('leads')
  })
  await writeFile(inside('a/3'), '3')
  await writeFile(inside('a/1'), 'changed')
  await a.settled(3)
  expect(await a.paths()).toEqual(['1 changed', '1 created', '3 created'])
})

test('another pattern and window do not make it forget; another folder is begun anew', async () => {
  await plant(inside('elsewhere'), { old: 'o' })
  const b = await watch('b')
  const id = b.template.id
  await b.ready()
  await plant(inside('b'), { 'x.mov': '1' })
  await b.settled(1)
  const [trigger] = b.template.triggers
  const triggers = [{ type: 'watch', id: trigger!.id, readyAfterSeconds: 0.5 }]
  await updateTemplate({ ctx, id, input: { pattern: '*.mov', triggers } })
  await plant(inside('b'), { 'y.mov': '1', 'z.txt': '2' })
  await b.settled(3)
  expect((await b.events()).map(({ path, state }) => `${path} ${state}`).sort()).toEqual([
    ...['x.mov transferred', 'y.mov transferred', 'z.txt ignored'],
  ])
  await updateTemplate({ ctx, id, input: { source: { endpointId: depot.source.id, path: 'elsewhere' } } })
  await plant(inside('elsewhere'), { 'new.mov': 'n' })
  await plant(inside('b'), { 'late.mov': 'l' })
  await b.settled(4)
  expect((await b.paths()).filter((path) => /old|new|late/.test(path))).toEqual(['new.mov created'])
})

test('an endpoint that leads to another folder has what watches it begin anew; a new name does not', async () => {
  await plant(depot.root, { 'first/f/seen': '1', 'second/f/old': 'o' })
  const input = { name: 'moving', type: 'local', path: join(depot.root, 'first') }
  const { id } = await createEndpoint({ ctx, input })
  const f = await watch('f', {
    more: { source: { endpointId: id, path: 'f' }, gather: { windowMs: 600_000 } },
  })
  await f.ready()
  await plant(depot.root, { 'first/f/waits': 'w' })
  await f.received(1)
  await updateEndpoint({ ctx, id, input: { name: 'moved', path: join(depot.root, 'first') } })
  expect((await f.events()).map(({ state }) => state)).toEqual(['pending'])
  await updateEndpoint({ ctx, id, input: { path: join(depot.root, 'second') } })
  await plant(depot.root, { 'second/f/new': 'n', 'first/f/late': 'l' })
  await f.received(2)
  await gatherEvents({ ctx: depot.ctx.agent, templateId: f.template.id })
  await f.settled(2)
  expect((await f.events()).map(({ path, state, reason }) => [path, state, reason])).toEqual([
    ['waits', 'ignored', OTHER_SOURCE],
    ['new', 'transferred', null],
  ])
})

test('deleted, it ends; others are not touched', async () => {
  const [c, d] = [await watch('c'), await watch('d')]
  await Promise.all([c.ready(), d.ready()])
  await deleteTemplate({ ctx, id: c.template.id })
  await writeFile(inside('c/1'), '1')
  await writeFile(inside('d/1'), '1')
  await d.settled(1)
  expect(await c.events()).toEqual([])
})

test('what came while no worker ran is found, also what was there before and changed', async () => {
  const own = await openDepot(undefined, onTestFinished)
  const first = await own.worker(onTestFinished)
  const e = await openWatching(own).watch('e')
  await e.ready()
  await plant(join(own.in, 'e'), { kept: 'k', other: 'o' })
  await e.settled(2)
  await first.end('SIGKILL')
  await plant(join(own.in, 'e'), { other: 'new content', 'sub/late': 'l' })
  await plant(own.root, { aside: 'a' })
  await rename(join(own.root, 'aside'), join(own.in, 'e/aside'))
  await own.worker(onTestFinished)
  await e.settled(5)
  expect(await e.paths()).toEqual([
    ...['aside created', 'kept created', 'other changed', 'other created', 'sub/late created'],
  ])
})
