import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { exactPath, standardPath } from '#workers/rclone/names.ts'
import { hasAnyFile, listFolder, statPath } from '#workers/rclone/places.ts'
import { plant, treeOf } from '../support/files.ts'
import { carryOut, local, openSides, openSlot, ordinaryRclone } from '../support/slots.ts'

const slot = await openSlot(afterAll, await ordinaryRclone(afterAll))

/** What people and programs really call files, and what rclone's own spelling could trip over. */
const odd = [
  ...[
    'new\nline',
    'back\\slash',
    '-dash',
    ' lead',
    'trail ',
    'dot.',
    '...',
    '"quo"te\'',
    'st*r?',
    '#h',
    ';s',
    '~',
    '$HOME',
  ],
  ...[
    ':x',
    'con',
    'aux.txt',
    'a:b',
    'C:',
    'x.partial',
    'x.0123abcd.partial',
    'con\u0001trol\u007f',
    '\t',
    '\u0085',
  ],
  ...[
    'e\u0301',
    '\u00e9',
    '🎬.mov',
    '漢字',
    'ﬁ',
    '\u202eabc',
    'a\u00a0b',
    '%2F',
    '&amp;',
    '<b>',
    '{a,b}',
    '[0]',
  ],
  ...['‛', '‛x', '‛‛y', '␊', '␀', '␡', '‛␊', '／slash', '．', '．．', '．x', '‛．', 'x‛'],
  ...['e'.repeat(255), `${'y'.repeat(249)}é`, '🎬'.repeat(63), 'rc: x', '{"msg":"x"}'],
]
const files = Object.fromEntries(odd.map((name, n) => [name, `content ${n}`]))

describe('names', () => {
  test('every odd name of a tree arrives as it is and is told as it is', async () => {
    const sides = await openSides(files)
    await plant(join(sides.in, ':odd\nfolder‛'), files)
    const end = await carryOut(slot, { operation: 'copy', ...sides })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(treeOf(sides.out)).toEqual(treeOf(sides.in))
    const wanted = [...odd, ...odd.map((name) => `:odd\nfolder‛/${name}`)]
    expect(end.files.map(({ path }) => path).sort()).toEqual(wanted.sort())
    const again = await carryOut(slot, { operation: 'sync', ...sides })
    expect(again.files).toEqual([])
    expect(again.counts.unchanged).toBe(wanted.length)
  })

  test('a move carries them all, and empties the source', async () => {
    const sides = await openSides(files)
    const end = await carryOut(slot, { operation: 'move', ...sides })
    expect(end.files.map(({ path }) => path).sort()).toEqual([...odd].sort())
    expect(treeOf(sides.in)).toEqual({})
    expect(treeOf(sides.out)).toEqual(files)
  })

  test.each(odd)('a single file called %j', async (name) => {
    const sides = await openSides({ [name]: 'x' })
    const source = local(sides.in, name)
    expect(await statPath(slot, source)).toBe('file')
    const end = await carryOut(slot, { operation: 'copy', ...sides, source, sourceIsFile: true })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(end.files.map(({ path }) => path)).toEqual([name])
    expect(treeOf(sides.out)).toEqual({ [name]: 'x' })
  })

  test.each(odd)('a folder called %j', async (name) => {
    const sides = await openSides({ [`${name}/a`]: 'a' })
    const source = local(sides.in, name)
    const destination = local(sides.out, name)
    const end = await carryOut(slot, { operation: 'copy', source, destination })
    expect(end.outcome).toEqual({ kind: 'completed' })
    expect(treeOf(sides.out)).toEqual({ [`${name}/a`]: 'a' })
    expect(await listFolder(slot, local(sides.in))).toMatchObject([{ name, path: name, isFolder: true }])
    expect(await listFolder(slot, source)).toMatchObject([{ name: 'a', path: `${name}/a`, size: 1 }])
  })

  test.skipIf(process.platform !== 'linux')(
    'bytes that are no UTF-8 arrive; the report shows U+FFFD',
    async () => {
      const sides = await openSides()
      const bad = Buffer.concat([Buffer.from(`${sides.in}/bad`), Buffer.from([0xff, 0xfe])])
      mkdirSync(bad)
      writeFileSync(Buffer.concat([bad, Buffer.from('/in'), Buffer.from([0x80])]), 'x')
      const end = await carryOut(slot, { operation: 'copy', ...sides })
      expect(end.outcome).toEqual({ kind: 'completed' })
      expect(end.files).toMatchObject([{ path: 'bad\ufffd\ufffd/in\ufffd', state: 'completed' }])
      expect(treeOf(sides.out)).toEqual(treeOf(sides.in))
    },
  )

  test("rclone's spelling of any name leads back to it", () => {
    const special = fc.constantFrom(...'‛␊␀␡／．.\n\u0001\u007fa/')
    const anyName = fc.oneof(fc.string({ unit: special }), fc.string({ unit: 'binary' }))
    // No file system takes a NUL.
    const name = anyName.filter((exact) => !exact.includes('\0'))
    fc.assert(fc.property(name, (exact) => exactPath(standardPath(exact)) === exact))
  })
})

describe('places', () => {
  test('what is there, links not followed except the root itself', async () => {
    const sides = await openSides({ 'a.txt': 'a', 'sub/b.txt': 'b' })
    await symlink('a.txt', join(sides.in, 'link'))
    await symlink(sides.in, join(sides.out, 'root'))
    const kinds = ['a.txt', 'sub', 'none', 'a.txt/below', 'link', ''].map((path) =>
      statPath(slot, local(sides.in, path)),
    )
    expect(await Promise.all(kinds)).toEqual(['file', 'folder', 'missing', 'missing', 'other', 'folder'])
    expect(await statPath(slot, local(join(sides.out, 'root')))).toBe('folder')
    expect(await statPath(slot, local(sides.out, 'root'))).toBe('other')
  })

  test('a folder without any file, at any depth', async () => {
    const sides = await openSides({ 'deep/er/': '', 'other/': '' })
    await symlink('/etc/passwd', join(sides.in, 'deep/link'))
    expect(await hasAnyFile(slot, sides.source)).toBe(false)
    await plant(sides.in, { 'deep/er/a.txt': '' })
    expect(await hasAnyFile(slot, sides.source)).toBe(true)
    expect(await hasAnyFile(slot, local(sides.in, 'none'))).toBe(false)
  })

  test('a folder that may not be read is an error, not an empty one', async () => {
    const sides = await openSides()
    await mkdir(join(sides.in, 'closed'), { mode: 0 })
    await expect(listFolder(slot, local(sides.in, 'closed'))).rejects.toThrow('permission denied')
    await expect(listFolder(slot, local(sides.in, 'none'))).rejects.toThrow('directory not found')
  })

  test('a listing leaves links out and knows sizes and times', async () => {
    const sides = await openSides({ 'a.txt': 'abc', 'sub/b.txt': 'b' })
    await symlink('a.txt', join(sides.in, 'link'))
    const entries = await listFolder(slot, sides.source)
    expect(entries.map(({ name, path, isFolder, size }) => ({ name, path, isFolder, size }))).toEqual([
      { name: 'a.txt', path: 'a.txt', isFolder: false, size: 3 },
      { name: 'sub', path: 'sub', isFolder: true, size: null },
    ])
    expect(Math.abs(Date.now() - entries[0]!.modifiedAt!.getTime())).toBeLessThan(60_000)
  })
})
