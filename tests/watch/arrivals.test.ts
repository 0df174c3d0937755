import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { survey } from '#tests/support/checks/errand.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, treeOf } from '#tests/support/files.ts'
import { openWatching } from '#tests/support/watching.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { watch } = openWatching(depot)
const inside = (...path: string[]) => join(depot.in, ...path)

test('files that arrive are moved once, each with its folders; what lay there before is left alone', async () => {
  await plant(inside('a'), { 'before.mov': 'old' })
  const a = await watch('a', { operation: 'move' })
  await a.ready()
  await plant(inside('a'), { 'x.mov': '1', 'deep/er/y.mov': '22', 'half.part': 'no' })
  await a.settled(2)
  expect(await a.summary()).toMatchObject({ received: 2, transferred: 2, unaccounted: 0 })
  expect(Object.keys(survey(join(depot.out, 'a'))).sort()).toEqual(['deep/er/y.mov', 'x.mov'])
  expect(Object.keys(survey(inside('a'))).sort()).toEqual(['before.mov', 'half.part'])
  // The temporary name was given up: now it counts.
  await rename(inside('a/half.part'), inside('a/half.mov'))
  await a.settled(3)
  expect(await a.paths()).toEqual(['deep/er/y.mov created', 'half.mov created', 'x.mov created'])
  // Put back to be done once more: the same inode, size and time, and an event of its own.
  await rename(join(depot.out, 'a/half.mov'), inside('a/half.mov'))
  await a.settled(4)
  expect((await a.summary()).transferred).toBe(4)
})

test('a slow writer is waited for', async () => {
  const b = await watch('b', { trigger: { readyAfterSeconds: 1.5 } })
  await b.ready()
  let size = 0
  for (let n = 0; n < 12; n += 1) {
    await appendFile(inside('b/slow.mov'), 'x'.repeat(1000))
    size += 1000
    await sleep(300)
  }
  await b.settled(1)
  const [event] = await b.events()
  expect(event).toMatchObject({ path: 'slow.mov', kind: 'created', size, state: 'transferred' })
})

test('a quiet file that is renamed into place needs no further wait, one that was just written does', async () => {
  const c = await watch('c', { trigger: { readyAfterSeconds: 60 } })
  await c.ready()
  await plant(depot.root, { quiet: 'long ago', fresh: 'now' })
  await utimes(join(depot.root, 'quiet'), 1_700_000_000, 1_700_000_000)
  await rename(join(depot.root, 'fresh'), inside('c/fresh'))
  await rename(join(depot.root, 'quiet'), inside('c/quiet'))
  await c.settled(1)
  expect(await c.paths()).toEqual(['quiet created'])
})

test('a marker says that its file is there, and is never told itself', async () => {
  const d = await watch('d', { trigger: { marker: '{filename}.done', readyAfterSeconds: 60 } })
  await d.ready()
  await plant(inside('d'), { 'a.mov': '1', 'b.mov': '2', 'deep/c.mov': '3' })
  await plant(inside('d'), { 'b.mov.done': '', 'deep/c.mov.done': '' })
  await d.settled(2)
  expect(await d.paths()).toEqual(['b.mov created', 'deep/c.mov created'])
  // A new version, of which the old marker says nothing.
  await sleep(20)
  await writeFile(inside('d/b.mov'), 'more')
  await writeFile(inside('d/a.mov.done'), '')
  await d.settled(3)
  await writeFile(inside('d/b.mov.done'), '')
  await d.settled(4)
  expect(await d.paths()).toEqual(['a.mov created', 'b.mov changed', 'b.mov created', 'deep/c.mov created'])
})

test('a marker without a variable opens its whole folder', async () => {
  const e = await watch('e', { trigger: { marker: 'COMPLETE', readyAfterSeconds: 60 } })
  await e.ready()
  await plant(inside('e'), { 'reel/1.dpx': '1', 'reel/2.dpx': '2', 'other/3.dpx': '3' })
  await writeFile(inside('e/reel/COMPLETE'), '')
  await e.settled(2)
  expect(await e.paths()).toEqual(['reel/1.dpx created', 'reel/2.dpx created'])
})

test('what changed is told as changed, what was removed when that is asked for', async () => {
  const f = await watch('f', { trigger: { kinds: ['created', 'changed', 'removed'] } })
  await f.ready()
  await plant(inside('f'), { one: '1', 'sub/two': '2', 'sub/deep/three': '3' })
  await f.settled(3)
  await writeFile(inside('f/one'), 'other')
  await f.settled(4)
  await rm(inside('f/sub'), { recursive: true })
  await f.settled(6)
  expect(await f.paths()).toEqual([
    ...['one changed', 'one created', 'sub/deep/three created', 'sub/deep/three removed'],
    ...['sub/two created', 'sub/two removed'],
  ])
  const removed = (await f.events()).filter(({ kind }) => kind === 'removed')
  expect(removed.map(({ state, reason }) => [state, reason])).toEqual([
    ['ignored', 'A copy does nothing about a file that is gone.'],
    ['ignored', 'A copy does nothing about a file that is gone.'],
  ])
})

test('a folder moved in with its files, and one put in the place of another, are seen', async () => {
  const g = await watch('g')
  await g.ready()
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 7}/f${n}`, String(n)]))
  await plant(join(depot.root, 'ready-made'), files)
  await rename(join(depot.root, 'ready-made'), inside('g/in'))
  await g.settled(300)
  await plant(join(depot.root, 'twin'), { 'd0/f0': 'another', 'd0/new': 'n' })
  await rename(inside('g/in'), join(depot.root, 'away'))
  await rename(join(depot.root, 'twin'), inside('g/in'))
  await g.settled(302)
  // And what comes into the new one later.
  await writeFile(inside('g/in/d0/later'), 'l')
  await g.settled(303)
  const told = (await g.events()).map(({ path }) => path)
  expect(new Set(told).size).toBe(302)
  expect(told).toEqual(expect.arrayContaining(['in/d0/later', 'in/d0/new']))
  // Changed for who looks when the twin lies there already, created anew for who looked between the two renames.
  expect(told.filter((path) => path === 'in/d0/f0')).toHaveLength(2)
  expect((await g.summary()).transferred).toBe(303)
})

test('odd names arrive exactly, or are told: nothing is dropped in silence', async () => {
  const h = await watch('h')
  await h.ready()
  const names = [
    '-x',
    ' lead',
    'trail ',
    '#a;b',
    'Ünïcode',
    'new\nline',
    'emoji 🎬',
    'Case',
    'case',
    'e\u0301',
    'é',
  ]
  await plant(inside('h'), Object.fromEntries(names.map((name, n) => [name, `content ${n}`])))
  await plant(inside('h'), { ['n'.repeat(255)]: 'long' })
  await h.settled(names.length + 1)
  expect((await h.summary()).transferred).toBe(names.length + 1)
  expect(treeOf(join(depot.out, 'h'))).toEqual(treeOf(inside('h')))

  await writeFile(
    Buffer.concat([Buffer.from(`${inside('h')}/caf`), Buffer.from([0xe9]), Buffer.from('.mov')]),
    'x',
  )
  await symlink('/etc/hostname', inside('h/link'))
  execFileSync('mkfifo', [inside('h/pipe')])
  await mkdir(join(depot.root, 'elsewhere'))
  await symlink(join(depot.root, 'elsewhere'), inside('h/folder'))
  await plant(join(depot.root, 'elsewhere'), { hidden: 'not watched' })
  await h.settled(names.length + 5)
  const told = (await h.events()).slice(names.length + 1)
  expect(told.map(({ path, state, reason }) => `${path} ${state}: ${reason}`).sort()).toEqual([
    'caf\\xE9.mov dead: Its name is not UTF-8, so that it cannot be named to rclone. Rename it.',
    'folder ignored: It is a link, and links are not followed.',
    'link ignored: It is a link, and links are not followed.',
    'pipe ignored: It is no file but a device, a pipe or a socket.',
  ])
})

test('files that lie there count when that is asked for; other names never do', async () => {
  await plant(inside('i'), { 'a.mov': '1', 'b.bak': '2', 'sub/c.mov': '3', 'cache/d.mov': '4' })
  const i = await watch('i', { trigger: { existing: true, ignore: ['*.bak', 'cache'], recursive: true } })
  await i.settled(2)
  expect(await i.paths()).toEqual(['a.mov created', 'sub/c.mov created'])
  const flat = await watch('i', { trigger: { existing: true, recursive: false }, more: { name: 'flat' } })
  await flat.settled(2)
  await plant(inside('i'), { 'sub/e.mov': '5', 'f.mov': '6' })
  await flat.settled(3)
  expect(await flat.paths()).toEqual(['a.mov created', 'b.bak created', 'f.mov created'])
})

test('a folder that is only looked at from time to time tells of the same', async () => {
  const p = await watch('p', { operation: 'move', trigger: { polling: true } })
  await p.ready()
  await plant(inside('p'), { one: '1', 'deep/two': '2' })
  await p.settled(2)
  expect((await p.summary()).transferred).toBe(2)
  expect(await p.health()).toMatchObject({ state: 'ok', message: 'Looks at all files every few seconds.' })
})
