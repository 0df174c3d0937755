import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeKey } from '#tests/support/api.ts'
import { runProgram } from '#tests/support/cli.ts'
import { openDepot } from '#tests/support/depot.ts'
import { plant, plantLarge, treeOf } from '#tests/support/files.ts'
import { startWeb } from '#tests/support/web.ts'

const depot = await openDepot()
await plant(depot.in, { 'A001/note.txt': 'n' })
await plantLarge(join(depot.in, 'A001', 'clip.mxf'), 2 * 1024 * 1024)
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)
const env = { FILE_ORBIT_SERVER: web.url, FILE_ORBIT_API_KEY: await makeKey(depot.ctx, 'operator') }

const run = (args: string[], more: Record<string, string> = {}) =>
  runProgram(process.execPath, ['examples/client.ts', ...args], { ...env, ...more })

test('the client example lists endpoints, starts a copy and follows it to its end', async () => {
  const end = await run(['in:A001', 'out:2026/11'], { BANDWIDTH: '256K' })
  expect([end.status, end.err]).toEqual([0, ''])
  expect(end.out).toContain(`endpoint in: ${depot.in}`)
  expect(end.out).toMatch(/\n[1-9]\d* of 2097153 bytes\n/)
  expect(end.out).toMatch(/job [0-9a-f-]{36}: completed, 2 files, 2097153 bytes\n$/)
  expect(Object.keys(treeOf(join(depot.out, '2026/11'))).sort()).toEqual(['clip.mxf', 'note.txt'])
})

test('it ends with 1 and why for a copy that fails, and tells a refusal', async () => {
  expect(await run(['in:not-there', 'out:'])).toMatchObject({ status: 1, out: /: failed, 0 files/ })
  const refused = await run(['in:', 'out:'], { FILE_ORBIT_API_KEY: 'fo_wrong' })
  expect(refused).toMatchObject({ status: 1, err: /401: Sign in, or send an API key/ })
})

test('docs/api.md shows it as it is', () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(readFileSync('docs/api.md', 'utf8'))![1]!
  const source = readFileSync('examples/client.ts', 'utf8')
  for (const part of shown.trim().split('\n\n')) expect(source).toContain(part)
})
