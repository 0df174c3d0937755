import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { nearNames } from '#bin/cli/near.ts'
import { ago, duration } from '#bin/cli/output.ts'
import { buildProgram, everyCommand } from '#bin/cli/program.ts'
import { barLine } from '#bin/cli/progress.ts'
import { runCommand } from '#tests/support/cli.ts'
import { runningJob } from '#tests/support/job.ts'

const commands: { path: string[]; command: Command }[] = []
everyCommand(buildProgram(), (command) => {
  const path: string[] = []
  for (let at: Command | null = command; at?.parent; at = at.parent) path.unshift(at.name())
  if (command.name() !== '__complete') commands.push({ path, command })
})
const docs = readFileSync('docs/cli.md', 'utf8')

test.each(commands.map(({ path }) => path.join(' ')))(
  '"%s" --help has examples and the exit statuses',
  async (path) => {
    const { status, out } = await runCommand([...path.split(' ').filter(Boolean), '--help'], {})
    expect(status).toBe(0)
    expect(out).toMatch(/Examples:\n {2}npx file-orbit \w/)
    expect(out).toMatch(/Exit status:\n {2}0 {4}done/)
  },
)

test('docs/cli.md knows every command, every option and every exit status', () => {
  for (const { path, command } of commands) {
    expect(docs).toContain(path.join(' '))
    for (const { long } of command.options) expect(docs, `${path.join(' ')} ${long}`).toContain(long)
  }
  for (const status of ['0', '1', '2', '3', '4', '130'])
    expect(docs).toMatch(new RegExp(`\\| ${status} +\\|`))
})

test.each([120, 80, 60, 40, 30])('the bar fits %i columns', (width) => {
  const job = { ...runningJob, bytes: 3 * 2 ** 30, totalBytes: 4 * 2 ** 30, speed: 9e7, etaSeconds: 4000 }
  const line = stripVTControlCharacters(barLine(job, width))
  expect(line.length).toBeLessThanOrEqual(width)
  expect(line).toMatch(/^running .*█.*75 %/)
})

test('the bar says 100 % when the job has completed and not before', () => {
  const job = { ...runningJob, bytes: 10, totalBytes: 10 }
  expect(barLine(job, 80)).toContain('99 %')
  expect(barLine({ ...job, state: 'completed' }, 80)).toContain('100 %')
  expect(barLine({ ...job, bytes: 0, totalBytes: 0, state: 'completed' }, 80)).toContain('100 %')
})

test.each([
  ['archiv', ['archive']],
  ['Archive', ['archive']],
  ['acrhive', ['archive']],
  ['back', ['backup']],
  ['zzz', []],
])('%s is near %j', (wanted, near) => {
  expect(nearNames(wanted, ['archive', 'backup', 'cards'])).toEqual(near)
})

test.each([
  [8.4, '8 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
  [300_000, '3 d'],
])('%f seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('a time is told from now', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  expect(ago('2026-11-21T11:59:58Z', now)).toBe('just now')
  expect(ago('2026-11-21T11:56:40Z', now)).toBe('3 min ago')
})
