import { expect, test } from 'vitest'
import { holdsDate } from '#app/(console)/templates/_components/dated.ts'
import { type DraftTrigger, emptyDraft, inputOf } from '#app/(console)/templates/_components/draft.ts'
import { issueAt, unshownIssues } from '#app/(console)/templates/_components/issues.ts'
import { scheduleDetails } from '#app/(console)/templates/_components/schedule-details.ts'
import { instantAt } from '#app/(console)/templates/_components/wall-time.ts'
import { scheduleSchema } from '#lib/triggers/schema.ts'

const watch = (ignore: string[]): DraftTrigger => ({ key: 'w', type: 'watch', ignore })
const sent = (ignore: string[]) => inputOf({ ...emptyDraft([]), triggers: [watch(ignore)] }).triggers

test('lines that stand empty are no names, and a list without names is left out', () => {
  expect(sent(['*.tmp', '', '  ', '*.part', ''])).toEqual([{ type: 'watch', ignore: ['*.tmp', '*.part'] }])
  expect(sent(['', ''])).toEqual([{ type: 'watch' }])
})

test('what is wrong in a part of a field is said at the field, its own first', () => {
  const issues = [
    { path: 'triggers.1.ignore.3', message: 'Too long.' },
    { path: 'triggers.0.blackout.0.from', message: 'A time of day.' },
    { path: 'triggers.0.blackout', message: 'Every firing falls into it.' },
  ]
  expect(issueAt(issues, 'triggers.1.ignore')).toBe('Too long.')
  expect(issueAt(issues, 'triggers.0.blackout')).toBe('Every firing falls into it.')
  expect(issueAt(issues, 'triggers.0.blackout.0')).toBe('A time of day.')
  // Not by the first letters alone.
  expect(issueAt(issues, 'triggers.1.ign')).toBeUndefined()
})

test('what no field shows is told apart, by the fields that each trigger has', () => {
  const cron: DraftTrigger = { key: 'a', type: 'schedule', cron: '0 2 * * *' }
  const every: DraftTrigger = { key: 'b', type: 'schedule', everySeconds: 60 }
  const paths = [
    ...['name', 'options.transfers', 'options.checkers', 'destinations.0.path', 'destinations.1.path'],
    ...['triggers.0.cron', 'triggers.1.cron', 'triggers.2.ignore.0', 'triggers.2.type', 'triggers.3.type'],
  ]
  const unshown = unshownIssues(
    paths.map((path) => ({ path, message: 'No.' })),
    { triggers: [cron, every, watch([])] },
  )
  expect(unshown.map(({ path }) => path)).toEqual([
    ...['options.checkers', 'destinations.1.path', 'triggers.1.cron', 'triggers.3.type'],
  ])
})

test.each([
  ['in/{filename}', false],
  ['in/{name}.{ext}', false],
  ['in/{event.key}', false],
  ['in/{{year}}', false],
  ['in/{year}/{filename}', true],
  ['{run.month}', true],
  ['{date:yyyy-MM-dd}', true],
  ['{timestamp}', true],
])('whether %s is another path on another day: %s', (path, expected) => {
  expect(holdsDate(path)).toBe(expected)
})

test('a schedule says its pause, quiet hours, spread and whom it calls, without the key in the address', () => {
  const plain = scheduleSchema.parse({ type: 'schedule', cron: '0 2 * * *' })
  expect(scheduleDetails(plain)).toHaveLength(2)
  const now = Date.parse('2026-11-21T12:00:00Z')
  const said = scheduleDetails(
    {
      ...plain,
      pausedUntil: '2026-11-22T12:00:00Z',
      blackout: [{ from: '08:00', to: '18:00', days: [0, 1] }],
      jitterSeconds: 90,
      pingUrl: 'https://ping.example/secret-key',
    },
    now,
  )
  expect(said).toEqual([
    'Paused until Sun 22 Nov 2026, 12:00:00 UTC.',
    'Quiet from 08:00 to 18:00 on Mon, Sun.',
    'Each firing comes up to 1 min 30 s later.',
    ...scheduleDetails(plain),
    'After each firing ping.example is called.',
  ])
  // A pause that is over is none.
  expect(scheduleDetails({ ...plain, pausedUntil: '2026-11-20T12:00:00Z' }, now)).toHaveLength(2)
})

test('the time of a pretended run is that of the template’s zone, wherever the browser is', () => {
  expect(instantAt('2026-11-21T00:30', 'Europe/Berlin')).toBe('2026-11-20T23:30:00.000Z')
  expect(instantAt('2026-07-21T00:30', 'America/New_York')).toBe('2026-07-21T04:30:00.000Z')
})
