import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { readOverview } from '#lib/overview/read-overview.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, tempFolder } from '#tests/support/files.ts'
import { openWatching } from '#tests/support/watching.ts'

const depot = await openDepot()
await depot.worker(afterAll)
const { watch } = openWatching(depot)
const inside = (...path: string[]) => join(depot.in, ...path)

const canMount = await tryMount()
if (!canMount) console.log('SKIPPED: shares that come and go. Mounting a tmpfs needs root: sudo npm test')
const canLimit =
  spawnSync('unshare', [
    '--user',
    '--map-root-user',
    'sh',
    '-c',
    'echo 9 > /proc/sys/user/max_inotify_watches',
  ]).status === 0
if (!canLimit)
  console.log(
    'SKIPPED: the limit of watches. It needs user namespaces: sysctl kernel.unprivileged_userns_clone=1',
  )

async function tryMount(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  const place = await tempFolder(afterAll)
  if (spawnSync('mount', ['-t', 'tmpfs', 'none', place]).status !== 0) return false
  return spawnSync('umount', [place]).status === 0
}

function mountTmpfs(place: string): void {
  execFileSync('mount', ['-t', 'tmpfs', 'none', place])
  onTestFinished(async () => void spawnSync('umount', ['-l', place]))
}

test('a folder that goes is told, and taken up when it is back, with what has changed meanwhile', async () => {
  const a = await watch('a', { trigger: { kinds: ['created', 'changed', 'removed'] } })
  await a.ready()
  await plant(inside('a'), { one: '1', two: '2' })
  await a.settled(2)
  await rename(inside('a'), join(depot.root, 'away'))
  await a.healthy(/^fail .*is not there/)
  const { needs } = await readOverview({ ctx: depot.ctx.viewer })
  expect(needs.items).toContainEqual(
    expect.objectContaining({
      kind: 'trigger',
      template: 'a',
      message: expect.stringContaining('is not there'),
    }),
  )
  await rm(join(depot.root, 'away/two'))
  await rename(join(depot.root, 'away'), inside('a'))
  await a.healthy(/^ok/)
  await a.settled(3)
  await writeFile(inside('a/three'), '3')
  await a.settled(4)
  expect(await a.paths()).toEqual(['one created', 'three created', 'two created', 'two removed'])
})

test('another folder of the same name is another folder', async () => {
  const b = await watch('b', { trigger: { kinds: ['created', 'changed', 'removed'] } })
  await b.ready()
  await plant(inside('b'), { one: '1', same: 's' })
  await b.settled(2)
  await plant(join(depot.root, 'other'), { same: 'not the same', new: 'n' })
  await rename(inside('b'), join(depot.root, 'old-b'))
  await rename(join(depot.root, 'other'), inside('b'))
  await b.settled(5)
  expect(await b.paths()).toEqual([
    'new created',
    'one created',
    'one removed',
    'same changed',
    'same created',
  ])
})

test('a link that leads out of the allowed folders is refused, also one that is put there later', async () => {
  const outside = await tempFolder(onTestFinished)
  await plant(outside, { secret: 's' })
  const c = await watch('c', { trigger: { existing: true } })
  await c.ready()
  await rm(inside('c'), { recursive: true })
  await symlink(outside, inside('c'))
  await c.healthy(/^fail .*outside the allowed folders/)
  expect(await c.events()).toEqual([])
})

test('a link to another allowed folder in its place is followed, whatever was just coming', async () => {
  const l = await watch('l', { trigger: { readyAfterSeconds: 1 } })
  await l.ready()
  await plant(join(depot.in, 'elsewhere'), {})
  // Not ready yet when its folder goes: what waits is looked at where the link leads.
  await plant(inside('l'), { coming: 'c' })
  await rename(inside('l'), inside('l-old'))
  await symlink(inside('elsewhere'), inside('l'))
  await l.healthy(/^ok/)
  await plant(inside('elsewhere'), { there: 't' })
  await eventually('what came there is told', async () => (await l.paths()).includes('there created'))
})

test.skipIf(!canMount)(
  'a share that is not mounted holds no news: nothing is removed, nothing is new',
  async () => {
    await mkdir(inside('d'))
    mountTmpfs(inside('d'))
    const d = await watch('d', { trigger: { kinds: ['created', 'changed', 'removed'] } })
    await d.ready()
    await plant(inside('d'), { one: '1', 'sub/two': '2' })
    await d.settled(2)
    // The same file system again, as a share would be: kept by another mount of it.
    const keep = join(depot.root, 'keep')
    await mkdir(keep)
    execFileSync('mount', ['--bind', inside('d'), keep])
    onTestFinished(async () => void spawnSync('umount', ['-l', keep]))
    execFileSync('umount', ['-l', inside('d')])
    await d.healthy(/^fail .*Is its share mounted/)
    expect(await d.paths()).toHaveLength(2)
    await rm(join(keep, 'one'))
    await writeFile(join(keep, 'three'), '3')
    execFileSync('mount', ['--bind', keep, inside('d')])
    onTestFinished(async () => void spawnSync('umount', ['-l', inside('d')]))
    await d.healthy(/^ok/)
    await d.settled(4)
    expect(await d.paths()).toEqual(['one created', 'one removed', 'sub/two created', 'three created'])
  },
)

test.skipIf(!canMount)('the same of a share below the folder', async () => {
  const e = await watch('e', { trigger: { kinds: ['created', 'changed', 'removed'] } })
  await mkdir(inside('e/share'))
  mountTmpfs(inside('e/share'))
  await e.ready()
  await plant(inside('e'), { top: 't', 'share/one': '1', 'share/sub/two': '2' })
  await e.settled(3)
  const keep = join(depot.root, 'keep-e')
  await mkdir(keep)
  execFileSync('mount', ['--bind', inside('e/share'), keep])
  onTestFinished(async () => void spawnSync('umount', ['-l', keep]))
  execFileSync('umount', ['-l', inside('e/share')])
  // Another change has the folder above be looked at.
  await plant(inside('e'), { 'next/file': 'n' })
  await e.settled(4)
  execFileSync('mount', ['--bind', keep, inside('e/share')])
  onTestFinished(async () => void spawnSync('umount', ['-l', inside('e/share')]))
  await writeFile(inside('e/last'), 'l')
  await e.settled(5)
  expect((await e.paths()).filter((path) => path.startsWith('share'))).toEqual([
    'share/one created',
    'share/sub/two created',
  ])
})

test.skipIf(!canLimit)('without watches left it says so and looks every few seconds', async () => {
  const own = await openDepot(undefined, onTestFinished)
  // A namespace of its own, whose limit is nobody else's.
  const script = join(await tempFolder(onTestFinished), 'node')
  await writeFile(
    script,
    `#!/bin/sh\nexec unshare --user --map-root-user sh -c 'echo 9 > /proc/sys/user/max_inotify_watches; exec "$0" "$@"' ${process.execPath} "$@"\n`,
    { mode: 0o755 },
  )
  await own.worker(onTestFinished, { node: script })
  const f = await openWatching(own).watch('f', { operation: 'move' })
  await f.ready()
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`d${n}/f`, String(n)]))
  await plant(join(own.in, 'f'), files)
  await f.settled(30)
  await f.healthy(/^warn .*max_user_watches/)
  await plant(join(own.in, 'f'), { 'd29/late': 'l' })
  await f.settled(31)
  expect((await f.summary()).transferred).toBe(31)
})
