import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { FilePair } from '#lib/jobs/schema.ts'
import { eventually } from '../start/processes.ts'
import { plant, treeOf } from '../support/files.ts'
import { begin, carryOut, openSides, openSlot, type Sides } from '../support/slots.ts'

// Many files that keep their paths below one folder of the destination: one call, whose log tells of each.

const slot = await openSlot(afterAll)
const COUNT = 40
const asRoot = process.getuid?.() === 0

const names = Array.from({ length: COUNT }, (_, n) => `reel ${n % 3}/f${n}`)
const sized = (path: string) => ({ path, content: `of ${path}` })
const files = Object.fromEntries(names.map(sized).map(({ path, content }) => [path, content]))

function pairsOf(paths: string[], below = ''): FilePair[] {
  return paths.map((path) => ({ source: path, destination: `${below}${path}`, size: null }))
}

/** By which calls it went is seen in rclone's own account of them. */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const call = slot.call.bind(slot)
  const asked: string[] = []
  slot.call = ((command, ...rest) => {
    asked.push(command)
    return call(command, ...rest)
  }) as typeof slot.call
  try {
    await work()
  } finally {
    slot.call = call
  }
  return asked.filter((command) => /^(sync\/|job\/batch$)/.test(command))
}

/** All of them on both sides, the same. */
async function openTwins(): Promise<Sides> {
  const sides = await openSides(files)
  await plant(sides.out, files)
  const time = new Date('2026-01-02T03:04:05Z')
  for (const path of names) {
    await utimes(join(sides.in, path), time, time)
    await utimes(join(sides.out, path), time, time)
  }
  return sides
}

const done = (action: string, path: string) => ({
  state: 'completed',
  action,
  path,
  size: `of ${path}`.length,
})
const nothing = { completed: 0, deleted: 0, failed: 0, cancelled: 0, skipped: 0, unchanged: 0 }
const byPath = <T extends { path: string }>(all: T[]) => all.toSorted((a, b) => (a.path < b.path ? -1 : 1))

describe.each(['copy', 'move'] as const)('%s', (operation) => {
  const action = operation === 'move' ? 'moved' : 'copied'
  const left = (sides: Sides) => (operation === 'move' ? treeOf(sides.in) : {})

  test('all of them, into a folder of their own, by one call', async () => {
    const sides = await openSides({ ...files, 'not meant': 'x' })
    let end: Awaited<ReturnType<typeof carryOut>> | undefined
    const commands = await commandsOf(async () => {
      end = await carryOut(slot, { operation, ...sides, pairs: pairsOf(names, 'day/') })
    })
    // The second is the slot's own, when it is made as new.
    expect(commands).toEqual([`sync/${operation}`, 'job/batch'])
    expect(end).toMatchObject({ outcome: { kind: 'completed' }, accounted: true })
    expect(end!.files).toEqual(byPath(names.map((path) => done(action, path))))
    expect(end!.counts).toEqual({ ...nothing, completed: COUNT })
    expect(treeOf(join(sides.out, 'day'))).toEqual(files)
    expect(treeOf(sides.out)).not.toHaveProperty('not meant')
    expect(left(sides)).toEqual(operation === 'move' ? { 'not meant': 'x' } : {})
    // Nothing of it stays with the slot.
    expect(existsSync(join(slot.folder, 'names'))).toBe(false)
  })

  test('names that a list could take for something else', async () => {
    const odd = [
      ' blank before',
      'blank behind ',
      '# no comment',
      '; nor this',
      '- dash',
      '*.txt',
      '[a]{b}',
      '!x',
    ]
    const bytes = [
      '␊',
      '‛␊',
      'line\nbreak',
      'return\rhere',
      'tab\there',
      'é',
      'e\u0301',
      '🎬',
      '\\back',
      `x${'y'.repeat(250)}`,
    ]
    const all = [...names, ...odd, ...bytes]
    const sides = await openSides(Object.fromEntries(all.map((path) => [path, `of ${path}`])))
    const end = await carryOut(slot, { operation, ...sides, pairs: pairsOf(all) })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.counts).toEqual({ ...nothing, completed: all.length })
    expect(Object.keys(treeOf(sides.out)).sort()).toEqual([...all].sort())
    expect(left(sides)).toEqual({})
  })

  test('one is gone, one finds a folder in its place: each says so, the others arrive', async () => {
    const sides = await openSides(files)
    await rm(join(sides.in, names[0]!))
    await plant(join(sides.out, names[1]!), { 'in the way': 'x' })
    const end = await carryOut(slot, { operation, ...sides, pairs: pairsOf(names) })
    expect(end.outcome).toMatchObject({ kind: 'failed' })
    const failed = end.files.filter(({ state }) => state === 'failed')
    expect(failed).toEqual(
      byPath([
        { state: 'failed', path: names[0]!, cause: 'source_missing', message: expect.any(String) },
        { state: 'failed', path: names[1]!, cause: 'in_the_way', message: expect.any(String) },
      ]),
    )
    expect(end.counts).toEqual({ ...nothing, completed: COUNT - 2, failed: 2 })
    expect(treeOf(sides.in)).toHaveProperty([names[1]!])
  })

  test.skipIf(!asRoot)('into another file system', async () => {
    const sides = await openSides(files)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'file-orbit-test', sides.out])
    onTestFinished(() => void execFileSync('umount', ['--lazy', sides.out]))
    await plant(sides.out, { [names[0]!]: 'an older one' })
    const end = await carryOut(slot, { operation, ...sides, pairs: pairsOf(names) })
    expect(end).toMatchObject({ outcome: { kind: 'completed' }, accounted: true })
    expect(end.counts).toEqual({ ...nothing, completed: COUNT })
    expect(treeOf(sides.out)).toEqual(files)
    expect(left(sides)).toEqual({})
  })
})

test('a copy counts those that are there already without asking for each again', async () => {
  const sides = await openTwins()
  await plant(sides.in, { 'reel 0/new': 'new', 'reel 1/f1': 'changed' })
  const pairs = pairsOf([...names, 'reel 0/new'])
  let end: Awaited<ReturnType<typeof carryOut>> | undefined
  const commands = await commandsOf(async () => {
    end = await carryOut(slot, { operation: 'copy', ...sides, pairs })
  })
  expect(commands).toEqual(['sync/copy', 'job/batch'])
  expect(end!.outcome).toEqual({ kind: 'completed' })
  expect(end!.files.map(({ path }) => path)).toEqual(['reel 0/new', 'reel 1/f1'])
  expect(end!.counts).toEqual({ ...nothing, completed: 2, unchanged: COUNT - 1 })
})

test('of a move those that are there already only leave the source', async () => {
  const sides = await openTwins()
  const end = await carryOut(slot, { operation: 'move', ...sides, pairs: pairsOf(names) })
  expect(end.outcome).toEqual({ kind: 'completed' })
  expect(end.counts).toEqual({ ...nothing, completed: COUNT })
  expect(treeOf(sides.in)).toEqual({})
  expect(treeOf(sides.out)).toEqual(files)
})

test('some keep their paths, some do not', async () => {
  const sides = await openSides({ ...files, 'x/a': 'a', 'x/b': 'b' })
  const apart = [
    { source: 'x/a', destination: 'y/a.renamed', size: 1 },
    { source: 'x/b', destination: 'y/b', size: 1 },
  ]
  const end = await carryOut(slot, {
    operation: 'move',
    ...sides,
    pairs: [...apart, ...pairsOf(names, 'z/')],
  })
  expect(end).toMatchObject({ outcome: { kind: 'completed' }, accounted: true })
  expect(end.counts).toEqual({ ...nothing, completed: COUNT + 2 })
  expect(treeOf(join(sides.out, 'z'))).toEqual(files)
  expect(treeOf(join(sides.out, 'y'))).toEqual({ 'a.renamed': 'a', b: 'b' })
  expect(treeOf(sides.in)).toEqual({})
})

test('is stopped in the middle', async () => {
  const sides = await openSides(Object.fromEntries(names.map((path) => [path, Buffer.alloc(256 * 1024)])))
  const options = { bandwidth: 512 * 1024 }
  const transfer = begin(slot, { operation: 'copy', ...sides, pairs: pairsOf(names), options })
  await eventually('one has arrived', () => transfer.told.files.length > 0)
  await transfer.stop()
  const end = await transfer.done
  await slot.reset(transfer.group)
  expect(end.outcome).toEqual({ kind: 'cancelled' })
  const arrived = Object.keys(treeOf(sides.out))
  expect(arrived.filter((path) => path.endsWith('.partial'))).toEqual([])
  expect(arrived).toHaveLength(end.counts.completed)
  expect(end.counts.completed).toBeLessThan(COUNT)
})

test('where a list cannot be written each is named', async () => {
  const sides = await openSides(files)
  // In the place of the list.
  await plant(join(slot.folder, 'names'), { x: 'x' })
  onTestFinished(() => rm(join(slot.folder, 'names'), { recursive: true, force: true }))
  let end: Awaited<ReturnType<typeof carryOut>> | undefined
  const commands = await commandsOf(async () => {
    end = await carryOut(slot, { operation: 'move', ...sides, pairs: pairsOf(names) })
  })
  expect(commands).toEqual(['job/batch', 'job/batch'])
  expect(end).toMatchObject({ outcome: { kind: 'completed' }, counts: { ...nothing, completed: COUNT } })
  expect(treeOf(sides.out)).toEqual(files)
})

test('what is gone in two folders of the destination is told for each, whatever else was there already', async () => {
  const others = names.map((path) => `other/${path}`)
  const sides = await openSides(Object.fromEntries([...names, ...others].map((path) => [path, `of ${path}`])))
  const time = new Date('2026-01-02T03:04:05Z')
  await plant(sides.out, { [`one/${names[1]}`]: `of ${names[1]}` })
  await utimes(join(sides.out, `one/${names[1]}`), time, time)
  await utimes(join(sides.in, names[1]!), time, time)
  for (const path of [names[0]!, others[0]!]) await rm(join(sides.in, path))
  const pairs = [...pairsOf(names, 'one/'), ...pairsOf(others, 'two/')]
  const end = await carryOut(slot, { operation: 'copy', ...sides, pairs })
  const failed = end.files.filter(({ state }) => state === 'failed').map(({ path }) => path)
  expect(failed).toEqual([others[0], names[0]])
  expect(end.counts).toEqual({ ...nothing, completed: 2 * COUNT - 3, failed: 2, unchanged: 1 })
})

test('a moved file of which the log says nothing is not missed, one that is gone is', async () => {
  const sides = await openSides(files)
  const own = await openSlot(onTestFinished)
  const listen = own.listen.bind(own)
  // As where the disk of the log was full at that line.
  own.listen = (sink) => listen((line) => line.path !== names[3] && sink(line))
  await rm(join(sides.in, names[4]!))
  const pairs = pairsOf(names).map((pair) => ({ ...pair, size: `of ${pair.source}`.length }))
  const end = await carryOut(own, { operation: 'move', ...sides, pairs })
  expect(end.files.filter(({ state }) => state === 'failed')).toMatchObject([
    { path: names[4], cause: 'source_missing' },
  ])
  expect(end.accounted).toBe(false)
  expect(treeOf(sides.in)).toEqual({})
  expect(treeOf(sides.out)).toHaveProperty([names[3]!])
})
