import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { buildPages } from '#bin/build.ts'
import { temporaryFolder } from './folders.ts'

/** Stands for `next build`: counts its runs in .next, and fails when app/page.tsx says so. */
const NEXT = `
const fs = require('node:fs')
fs.mkdirSync('.next', { recursive: true })
fs.appendFileSync('.next/runs', process.argv[2] + ' ' + process.env.NODE_ENV + '\\n')
if (fs.readFileSync('app/page.tsx', 'utf8').includes('broken')) { console.error('page.tsx: broken'); process.exit(1) }
setTimeout(() => {}, 300)
`

async function project(): Promise<string> {
  const root = await temporaryFolder()
  await put(root, 'node_modules/next/dist/bin/next', NEXT)
  await put(root, 'app/page.tsx', 'one')
  await put(root, 'lib/deep/rule.ts', 'rule')
  await put(root, 'package-lock.json', '{}')
  return root
}

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

async function build(root: string): Promise<string[]> {
  const said: string[] = []
  await buildPages({ root, env: { NODE_ENV: 'production' }, say: (line) => said.push(line) })
  return said
}

const runs = async (root: string) => (await readFile(join(root, '.next', 'runs'), 'utf8')).trim().split('\n')

test('builds what changed and nothing else', async () => {
  const root = await project()
  expect(await build(root)).toEqual([expect.stringMatching(/^Built the pages in [\d.]+ s$/)])
  expect(await build(root)).toEqual([])
  expect(await runs(root)).toEqual(['build production'])
  await put(root, 'README.md', 'not a page')
  expect(await build(root)).toEqual([])
  for (const change of [
    () => put(root, 'lib/deep/rule.ts', 'another rule'),
    () => put(root, 'app/new.tsx', ''),
    () => rm(join(root, 'app/new.tsx')),
    () => put(root, 'package-lock.json', '{"new": true}'),
    () => rm(join(root, '.next/file-orbit-build')),
  ]) {
    await change()
    expect(await build(root)).toHaveLength(1)
  }
  expect(await runs(root)).toHaveLength(6)
})

test('two at once take turns, and one builds', async () => {
  const root = await project()
  const said = (await Promise.all([build(root), build(root)])).flat()
  expect(said.filter((line) => line.startsWith('Built'))).toHaveLength(1)
  expect(said).toContain('Waiting for another start, which builds the pages')
  expect(await runs(root)).toHaveLength(1)
})

test('a build that fails says why, and is tried again', async () => {
  const root = await project()
  await build(root)
  await put(root, 'app/page.tsx', 'broken')
  await expect(build(root)).rejects.toThrow('page.tsx: broken\n\nThe pages could not be built (next build).')
  // Back to what was built before: the failed one may have overwritten it.
  await put(root, 'app/page.tsx', 'one')
  expect(await build(root)).toHaveLength(1)
})
