import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openDepot } from '#tests/support/depot.ts'
import { treeOf } from '#tests/support/files.ts'

const depot = await openDepot()
await depot.worker(afterAll)

const names = [
  'line\nbreak',
  'tab\tand\rreturn',
  '\u0001\u001f\u007f',
  '🎬 emoji 👩‍👩‍👧.mov',
  '-rf',
  '--config=x',
  ':sftp,ssh=sh:',
  `${'x'.repeat(251)}.bin`,
  'ü'.repeat(127),
  'trailing blank ',
  ' leading blank',
  'trailing dot.',
  '...',
  '#comment',
  '; semicolon',
  '*?[a]{b}',
  'back\\slash',
  '"quoted" \'both\'',
  '$(touch x) `y` & | > <',
  '%2e%2e%2f',
  'con',
  'NUL.txt',
  'Case',
  'case',
  'é composed',
  'e\u0301 decomposed',
  '␊ picture of a newline',
  '‛ quote of rclone',
  '／ full width',
  'a.partial',
  '\u202egnp.exe',
  '\ufeffbom',
  'A.txt',
  'a.txt',
  'aux.txt',
  'COM1',
  'many dots...',
  'many blanks   ',
  '. .',
  '..hidden',
  '"*?<>|:\\',
  'a<b>c|d:e"f*g?.txt',
  '\u200fright to left\u200e',
  '\u2067isolated\u2069.txt',
  '\u00e9.txt',
  'e\u0301.txt',
  '\u212b',
  '\u00c5',
]

function write(folder: string, name: string | Buffer, content: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]), content)
}

describe.each(['copy', 'move', 'sync'] as const)('%s', (operation) => {
  test('keeps every name to the byte, of files and of folders, and tells it exactly', async () => {
    const source = join(depot.in, operation)
    const destination = join(depot.out, operation)
    for (const [n, name] of names.entries()) {
      write(source, name, `file ${n}`)
      write(join(source, 'folders', name), 'inside', `folder ${n}`)
    }
    const before = treeOf(source)
    expect(Object.keys(before)).toHaveLength(names.length * 2)
    const job = await depot.run({ operation, from: operation, to: operation })
    expect(job).toMatchObject({ state: 'completed', files: names.length * 2, failedFiles: 0 })
    expect(treeOf(destination)).toEqual(before)
    expect(treeOf(source)).toEqual(operation === 'move' ? {} : before)
    const told = (await depot.files(job.id)).map(({ path }) => path)
    expect(told.sort()).toEqual(Object.keys(before).sort())
  })
})

test.each(names)('the single file %j comes over as a source of its own', async (name) => {
  const folder = join(depot.in, 'single')
  write(folder, name, 'content')
  const job = await depot.run({
    operation: 'copy',
    from: `single/${name}`,
    to: `single/${names.indexOf(name)}`,
  })
  expect(job).toMatchObject({ state: 'completed', files: 1 })
  expect(treeOf(join(depot.out, 'single', String(names.indexOf(name))))).toEqual({ [name]: 'content' })
})

describe('a name that is not UTF-8', () => {
  const odd = Buffer.from([0x62, 0xff, 0xfe, 0x2e, 0x74, 0x78, 0x74])

  test('comes over to the byte in a folder, and is told with a mark for each bad byte', async () => {
    const source = join(depot.in, 'latin')
    write(source, odd, 'odd')
    write(source, 'plain.txt', 'plain')
    const job = await depot.run({ operation: 'copy', from: 'latin', to: 'latin' })
    expect(job).toMatchObject({ state: 'completed', files: 2 })
    const [name] = readdirSync(join(depot.out, 'latin'), { encoding: 'buffer' }).filter((one) =>
      one.includes(0xff),
    )
    expect(name).toEqual(odd)
    expect(readFileSync(Buffer.concat([Buffer.from(join(depot.out, 'latin/')), odd]), 'utf8')).toBe('odd')
    expect((await depot.files(job.id)).map(({ path }) => path)).toEqual(['b��.txt', 'plain.txt'])
  })
})
