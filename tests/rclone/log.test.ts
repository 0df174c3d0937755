import { appendFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { causes } from '#lib/jobs/causes.ts'
import { FileResults } from '#workers/rclone/file-results.ts'
import { LineReader } from '#workers/rclone/line-reader.ts'
import { parseLine } from '#workers/rclone/log-line.ts'
import { LogTail } from '#workers/rclone/log-tail.ts'
import { outcomeOf, reasonOf } from '#workers/rclone/outcome.ts'
import { rules } from '#workers/rclone/outcome-rules.ts'
import type { FileResult } from '#workers/rclone/types.ts'
import { eventually } from '../start/processes.ts'
import { tempFolder } from '../support/files.ts'

/** A line as rclone 1.75.2 writes it. */
function line(level: string, msg: string, object?: string, more: object = {}): string {
  const type = object === undefined ? {} : { object, objectType: '*local.Object' }
  const source = 'slog/logger.go:256'
  return JSON.stringify({ time: '2026-11-21T04:47:24.861389769Z', level, msg, ...type, source, ...more })
}

function fold(operation: 'copy' | 'move' | 'sync', lines: string[], died = false): FileResult[] {
  const told: FileResult[] = []
  const results = new FileResults(operation, (result) => told.push(result))
  for (const text of lines) {
    const parsed = parseLine(text)!
    results.add(parsed, parsed.path)
  }
  results.end({ died })
  return told
}

test('a line of the log, with its time, size and file', () => {
  expect(parseLine(line('info', 'Copied (new)', 'sub/a', { size: 20000 }))).toEqual({
    at: new Date('2026-11-21T04:47:24.861Z'),
    level: 'info',
    message: 'Copied (new)',
    path: 'sub/a',
    maybeCut: false,
    size: 20000,
    meaning: { kind: 'copied', replaced: false },
  })
})

test.each([
  ['info', 'Multi-thread Copied (replaced existing)', { kind: 'copied', replaced: true }],
  ['info', 'Copied (Rcat, new)', { kind: 'copied', replaced: false }],
  ['info', 'Copied (new) to: (replaced existing)', { kind: 'copied', replaced: false }],
  ['info', 'Moved (server-side)', { kind: 'moved' }],
  ['info', 'Deleted', { kind: 'deleted' }],
  ['error', "Couldn't delete: remove /a: permission denied", { kind: 'delete-failed' }],
  ['error', 'Failed to copy: no space left on device', { kind: 'failed' }],
  ['error', 'Failed to calculate src hash: hash: failed to open', { kind: 'trouble' }],
  ['notice', 'Duplicate object found in source - ignoring', { kind: 'duplicate' }],
  ['notice', "Can't follow symlink without -L/--copy-links", { kind: 'skipped', reason: 'link' }],
  ['notice', "Can't transfer non file/directory", { kind: 'skipped', reason: 'special' }],
  ['error', 'Failed to update directory timestamp or metadata: chtimes', { kind: 'folder-time' }],
  ['error', 'not deleting files as there were IO errors', { kind: 'consequence' }],
  ['info', 'Updated modification time in destination', { kind: 'other' }],
])('%s "%s" means %j', (level, message, meaning) => {
  expect(parseLine(line(level, message, 'a'))?.meaning).toEqual(meaning)
})

test('an error about a whole storage, or about nothing, is about the job', () => {
  const whole = line('error', 'error reading source root directory', 'Local file system at /a', {
    objectType: '*local.Fs',
  })
  expect(parseLine(whole)).toMatchObject({ path: null, meaning: { kind: 'job-failed' } })
  const root = line('error', 'failed to open directory "": open /a: permission denied', '', {
    objectType: 'string',
  })
  expect(parseLine(root)).toMatchObject({ path: null, meaning: { kind: 'job-failed' } })
})

test('the suffix of a copy in the making goes, a file that is really called so keeps its name', () => {
  const broken = 'corrupted on transfer: md5 hashes differ'
  expect(parseLine(line('error', broken, 'a.8a686408.partial'))?.path).toBe('a')
  expect(parseLine(line('info', 'Copied (new)', 'a.8a686408.partial'))?.path).toBe('a.8a686408.partial')
  const long = `${'n'.repeat(120)}.8a686408.partial`
  expect(parseLine(line('error', broken, long))).toMatchObject({ path: 'n'.repeat(120), maybeCut: true })
})

test('lines about our own calls are dropped, lines that are no JSON are kept', () => {
  expect(parseLine(line('error', 'rc: "sync/copy": error: secret'))).toBeNull()
  expect(parseLine('panic: runtime error')).toMatchObject({
    message: 'panic: runtime error',
    level: 'notice',
  })
  expect(parseLine('{"msg":')).toMatchObject({ message: '{"msg":', path: null })
})

test('lines are cut out of any stream: split characters, bad bytes, too long, none at the end', () => {
  const lines: string[] = []
  const reader = new LineReader((text) => lines.push(text), 16)
  const bytes = Buffer.from('é1\n\nlonger than sixteen bytes\nend')
  for (const byte of bytes) reader.push(Buffer.from([byte]))
  reader.push(Buffer.from([0xff]))
  reader.end()
  expect(lines).toEqual(['é1', 'longer than sixt … (line cut)', 'end\ufffd'])
})

test('of a line of 100 MB only its beginning stays in memory', () => {
  let told = 0
  const reader = new LineReader((text) => {
    told = text.length
  })
  const before = process.memoryUsage().arrayBuffers
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let n = 0; n < 1600; n += 1) reader.push(chunk)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024)
  reader.push(Buffer.from('\n'))
  expect(told).toBe(64 * 1024 + ' … (line cut)'.length)
})

test.each([
  '{"time":{"toString":1},"level":{"toString":null},"objectType":{"toString":null},"msg":"odd","object":["x"]}',
  '{"time":"+200000-01-01T00:00:00Z","level":"shout","msg":"odd","object":7,"size":"12"}',
  '{"__proto__":{"level":"error","object":"x"},"constructor":{"prototype":{"level":"error"}},"msg":"odd"}',
  '{"time":-1,"level":["info"],"msg":"odd","object":{"a":1},"size":[]}',
])('a hostile line says no more than its words: %s', (text) => {
  const parsed = parseLine(text)!
  expect(parsed).toMatchObject({ level: 'notice', message: 'odd', path: null, size: null })
  expect(parsed.at.toISOString()).toHaveLength(24)
  expect(parsed.meaning).toEqual({ kind: 'other' })
})

test('a log file is told to its end, and what was read is given back to the disk', async () => {
  const path = join(await tempFolder(onTestFinished), 'log')
  let told = 0
  const tail = new LogTail(path, () => (told += 1), 1024 * 1024)
  onTestFinished(async () => tail.close())
  const some = `${'x'.repeat(1023)}\n`.repeat(1024)
  for (let n = 1; n <= 8; n += 1) {
    appendFileSync(tail.fd, some)
    await tail.drain()
    expect(told).toBe(n * 1024)
  }
  expect(statSync(path).size).toBe(8 * 1024 * 1024)
  await eventually('most of it is holes', () => statSync(path).blocks * 512 < 4 * 1024 * 1024)
  await tail.clear()
  expect(statSync(path).size).toBe(0)
  appendFileSync(tail.fd, 'after\n')
  await tail.drain()
  expect(told).toBe(8 * 1024 + 1)
})

test('a move: however many lines, one result', () => {
  const moved = (path: string, size: number | null) => ({ state: 'completed', action: 'moved', path, size })
  const copied = (path: string) => line('info', 'Copied (replaced existing)', path, { size: 5 })
  const deleted = (path: string) => line('info', 'Deleted', path)
  const renamed = (path: string) => line('info', 'Moved (server-side)', path)
  expect(fold('move', [copied('a'), copied('b'), deleted('b'), deleted('a')])).toEqual([
    moved('b', 5),
    moved('a', 5),
  ])
  expect(fold('move', [deleted('a'), renamed('a')])).toEqual([moved('a', null)])
  expect(fold('move', [deleted('a')])).toEqual([{ ...moved('a', null), wasThere: true }])
  // Over a slow rename that turned out to be a copy: the old one deleted, the new one copied, the source deleted.
  expect(fold('move', [deleted('a'), copied('a'), deleted('a')])).toEqual([moved('a', 5)])
  expect(
    fold('move', [copied('a'), line('error', "Couldn't delete: remove /a: permission denied", 'a')]),
  ).toMatchObject([{ state: 'failed', path: 'a', cause: 'permission' }])
  expect(fold('move', [copied('a'), deleted('b')], true)).toEqual([
    { state: 'cancelled', path: 'b' },
    { state: 'cancelled', path: 'a' },
  ])
})

test('a failed file: the first line says why, further ones add nothing', () => {
  const trouble = line('error', 'Failed to calculate src hash: open /a: no such file or directory', 'a')
  const corrupted = line('error', 'corrupted on transfer: md5 hashes differ', 'a.8a686408.partial')
  const kept = line('error', 'Not deleting source as copy failed: x', 'a')
  expect(fold('move', [trouble, corrupted, kept])).toMatchObject([
    { state: 'failed', path: 'a', cause: 'source_changed' },
  ])
  expect(fold('copy', [corrupted])).toMatchObject([{ state: 'failed', path: 'a', cause: 'corrupted' }])
  expect(fold('copy', [trouble, line('info', 'Copied (new)', 'a', { size: 1 })])).toMatchObject([
    { state: 'completed' },
  ])
  expect(fold('copy', [trouble])).toMatchObject([{ state: 'failed', cause: 'source_changed' }])
})

test.each(rules.map((rule) => [rule.example, rule] as const))('"%s" is told apart', (example, rule) => {
  const type = [...(rule.only ?? [])][0]
  const { message } = rule
  const said = typeof message === 'string' ? message : message(rule.pattern.exec(example)!)
  expect(reasonOf(example, type)).toEqual({ cause: rule.cause, message: said })
  expect(Object.keys(causes)).toContain(rule.cause)
})

test('words that nobody knows are kept as they are, but not without end', () => {
  expect(reasonOf('the moon is full')).toEqual({ cause: 'unknown', message: 'the moon is full' })
  expect(reasonOf('x'.repeat(10_000)).message.length).toBeLessThan(600)
})

test('an outcome', () => {
  const calm = {
    ...{ stopped: false, died: false, error: null, jobErrors: [], failures: new Map(), cancelledFiles: 0 },
    ...{ errors: 0, folderTimes: 0, lastError: null },
  }
  const full = { files: 2, message: 'Full.' }
  expect(outcomeOf(calm)).toEqual({ kind: 'completed' })
  expect(outcomeOf({ ...calm, died: true })).toMatchObject({ kind: 'interrupted', cause: 'rclone_died' })
  expect(outcomeOf({ ...calm, stopped: true })).toEqual({ kind: 'completed' })
  expect(outcomeOf({ ...calm, stopped: true, error: 'context canceled' })).toEqual({ kind: 'cancelled' })
  expect(outcomeOf({ ...calm, stopped: true, cancelledFiles: 1 })).toEqual({ kind: 'cancelled' })
  expect(outcomeOf({ ...calm, error: 'directory not found' })).toMatchObject({ cause: 'source_missing' })
  expect(outcomeOf({ ...calm, errors: 1, lastError: 'permission denied' })).toMatchObject({
    cause: 'permission',
  })
  expect(outcomeOf({ ...calm, errors: 1, folderTimes: 1 })).toEqual({ kind: 'completed' })
  expect(outcomeOf({ ...calm, error: 'failed', failures: new Map([['disk_full', full]]) })).toEqual({
    kind: 'failed',
    cause: 'disk_full',
    message: '2 files failed: Full.',
  })
  const both = new Map([['disk_full', full] as const, ['network', { files: 1, message: 'Gone.' }] as const])
  expect(outcomeOf({ ...calm, failures: both })).toMatchObject({ cause: 'files_failed' })
  const noneMayPass = new Map([['disk_full', full] as const, ['permission', full] as const])
  expect(outcomeOf({ ...calm, failures: noneMayPass })).toMatchObject({ cause: 'files_blocked' })
})
