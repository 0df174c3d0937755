import { CronExpressionParser } from 'cron-parser'
import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, test } from 'vitest'
import { afterBlackouts, isBlackedOut } from '#lib/schedules/blackout.ts'
import { decide } from '#lib/schedules/decide.ts'
import { isDueAt } from '#lib/schedules/expected-firings.ts'
import { duesBetween, nextFirings } from '#lib/schedules/next-firings.ts'
import { messageOf } from '#lib/schedules/plan-firing.ts'
import { sentenceOf } from '#lib/schedules/schedule-words.ts'
import { whyNotSchedule } from '#lib/triggers/check-trigger.ts'
import { type ScheduleSettings, scheduleSchema } from '#lib/triggers/schema.ts'

const schedule = (given: Partial<ScheduleSettings>): ScheduleSettings =>
  scheduleSchema.parse({ type: 'schedule', ...given })
const SINCE = new Date('2020-01-01T00:00:00Z')

function due(cron: string, timeZone: string, after: string, count: number): string[] {
  const times = nextFirings(schedule({ cron, timeZone }), { after: new Date(after), since: SINCE, count })
  return times.map((time) => DateTime.fromJSDate(time, { zone: timeZone }).toFormat('MM-dd HH:mm ZZ'))
}

/**
 * When a cron expression is due, computed another way: luxon walks from minute to minute, and says of each that the
 * clock shows when that is. Only the sets of minutes, hours and days are cron-parser's.
 */
function walked(cron: string, zone: string, from: number, until: number): number[] {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(cron).fields
  const has = (values: readonly (number | string)[], value: number) => values.includes(value)
  const shown = new Map<string, number[]>()
  const MINUTE = 60_000
  for (let at = from - 1440 * MINUTE; at <= until + 1440 * MINUTE; at += MINUTE) {
    const text = DateTime.fromMillis(at, { zone }).toFormat('yyyy-MM-dd HH:mm')
    shown.set(text, [...(shown.get(text) ?? []), at])
  }
  const times = new Set<number>()
  for (let wall = from - 1440 * MINUTE; wall <= until + 1440 * MINUTE; wall += MINUTE) {
    const clock = DateTime.fromMillis(wall, { zone: 'UTC' })
    const days = [
      ...(dayOfMonth.isWildcard ? [] : [has(dayOfMonth.values, clock.day)]),
      ...(dayOfWeek.isWildcard ? [] : [has(dayOfWeek.values, clock.weekday % 7)]),
    ]
    const isMeant =
      has(minute.values, clock.minute) &&
      has(hour.values, clock.hour) &&
      has(month.values, clock.month) &&
      (days.length === 0 || days.includes(true))
    if (!isMeant) continue
    const at = shown.get(clock.toFormat('yyyy-MM-dd HH:mm'))
    // luxon moves a time that is skipped forward by as much as the clock was set.
    if (!at) times.add(clock.setZone(zone, { keepLocalTime: true }).toMillis())
    else for (const one of hour.values.length === 24 ? at : at.slice(0, 1)) times.add(one)
  }
  return [...times].filter((at) => at > from && at <= until).sort((a, b) => a - b)
}

describe('on the day the clock is set', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T22:00:00Z', ['03-29 03:30 +02:00', '03-30 02:30 +02:00']],
    ['0 2,3 * * *', 'Europe/Berlin', '2026-03-28T22:00:00Z', ['03-29 03:00 +02:00', '03-30 02:00 +02:00']],
    ['0 * * * *', 'Europe/Berlin', '2026-03-29T00:30:00Z', ['03-29 03:00 +02:00', '03-29 04:00 +02:00']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', ['10-25 02:30 +02:00', '10-26 02:30 +01:00']],
    ['30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', ['10-25 02:30 +02:00', '10-25 02:30 +01:00']],
    ['30 2 * * *', 'America/New_York', '2026-03-08T00:00:00Z', ['03-08 03:30 -04:00', '03-09 02:30 -04:00']],
    ['30 1 * * *', 'America/New_York', '2026-11-01T00:00:00Z', ['11-01 01:30 -04:00', '11-02 01:30 -05:00']],
    // Half an hour.
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00Z',
      ['10-04 02:45 +11:00', '10-05 02:15 +11:00'],
    ],
    // At midnight.
    ['0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00:00Z', ['03-29 01:00 +03:00', '03-30 00:00 +03:00']],
  ])('%s in %s', (cron, zone, after, expected) => {
    expect(due(cron, zone, after, 2)).toEqual(expected)
  })

  test('the answer does not depend on where one begins to ask', () => {
    const all = due('*/15 2 * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 5)
    expect(all).toEqual([
      ...['03-29 03:00 +02:00', '03-29 03:15 +02:00', '03-29 03:30 +02:00', '03-29 03:45 +02:00'],
      '03-30 02:00 +02:00',
    ])
    expect(due('*/15 2 * * *', 'Europe/Berlin', '2026-03-29T01:15:00Z', 3)).toEqual(all.slice(2))
    expect(due('*/15 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['10-26 02:00 +01:00'])
  })
})

const zones = [
  ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns'],
  ...['Africa/Casablanca', 'Pacific/Auckland', 'Asia/Beirut', 'America/Santiago', 'UTC'],
]
const part = (most: number, least = 0) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: least, max: most }).map(String),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc
      .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 4 })
      .map((some) => some.join(',')),
  )
const crons = fc
  .tuple(
    part(59),
    part(23),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, part(28, 1)),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, part(6)),
  )
  .map(([minute, hour, day, weekday]) => `${minute} ${hour} ${day} * ${weekday}`)

/** An hour or so around each time that the zone's clock is set in a year, or around its first of January. */
function settings(zone: string, year: number): number[] {
  const begin = Date.UTC(year, 0, 1)
  const offset = (at: number) => DateTime.fromMillis(at, { zone }).offset
  const hours = Array.from({ length: 366 * 24 }, (_, hour) => begin + hour * 3_600_000)
  const set = hours.filter((at) => offset(at) !== offset(at - 3_600_000))
  return set.length > 0 ? set : [begin]
}

test('what is due agrees with a walk from minute to minute, over zones and years', () => {
  fc.assert(
    fc.property(
      crons,
      fc.constantFrom(...zones),
      fc.integer({ min: 2019, max: 2035 }),
      fc.nat(3),
      fc.integer({ min: -600, max: 300 }),
      (cron, zone, year, which, minutes) => {
        const moments = settings(zone, year)
        const from = moments[which % moments.length]! + minutes * 60_000
        const until = from + 10 * 3_600_000
        const expected = walked(cron, zone, from, until)
        const one = schedule({ cron, timeZone: zone })
        const between = { from: new Date(from), until: new Date(until), since: SINCE, most: 1000 }
        expect(duesBetween(one, between)).toEqual({ times: expected.map((at) => new Date(at)), more: false })
        // What the watchdog goes by knows nothing of a next one.
        const minutely = Array.from({ length: 600 }, (_, n) => from + (n + 1) * 60_000)
        expect(minutely.filter((at) => isDueAt(one, at))).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
}, 240_000)

describe('what people write', () => {
  test.each([
    ['@daily', ['01-02 00:00 +00:00', '01-03 00:00 +00:00']],
    ['@hourly', ['01-01 13:00 +00:00', '01-01 14:00 +00:00']],
    ['@weekly', ['01-04 00:00 +00:00', '01-11 00:00 +00:00']],
    ['@monthly', ['02-01 00:00 +00:00', '03-01 00:00 +00:00']],
    ['*/20 9-10 * * *', ['01-02 09:00 +00:00', '01-02 09:20 +00:00']],
    ['5,50 8 * * MON-FRI', ['01-02 08:05 +00:00', '01-02 08:50 +00:00']],
    ['0 6 * * 7', ['01-04 06:00 +00:00', '01-11 06:00 +00:00']],
    ['0 0 L * *', ['01-31 00:00 +00:00', '02-28 00:00 +00:00']],
    // Either of the two days, as cron has always had it.
    ['0 0 13 * fri', ['01-02 00:00 +00:00', '01-09 00:00 +00:00']],
  ])('%s', (cron, expected) => {
    expect(due(cron, 'UTC', '2026-01-01T12:00:00Z', 2)).toEqual(expected)
  })

  test('29 February comes every four years, but for 2100', () => {
    const times = nextFirings(schedule({ cron: '0 0 29 2 *' }), {
      ...{ after: new Date('2092-03-01T00:00:00Z'), since: SINCE, count: 2 },
    })
    expect(times.map((time) => time.toISOString().slice(0, 10))).toEqual(['2096-02-29', '2104-02-29'])
  })

  test.each([
    ['0 0 30 2 *', /never comes/],
    ['0 0 31 4,6,9,11 *', /never comes/],
    ['0 0 * *', /Five fields .* there are 4/],
    ['0 0 0 * * *', /Five fields .* there are 6/],
    ['', /Five fields .* there are 0/],
    ['@secondly', /no word @secondly/],
    ['@reboot', /no word @reboot/],
    ['H 2 * * *', /H stands for any/],
    ['61 * * * *', /0-59/],
    ['*/0 * * * *', /cannot be read/],
    ['5-1 * * * *', /cannot be read/],
    ['0 0 * * someday', /cannot be read/],
  ])('refused: %s', (cron, why) => {
    expect(whyNotSchedule(schedule({ cron }))).toEqual([
      { path: 'cron', message: expect.stringMatching(why) },
    ])
  })

  test('a time and an interval at once, or neither, and what every blackout swallows', () => {
    const paths = (given: Partial<ScheduleSettings>) =>
      whyNotSchedule(schedule(given)).map(({ path }) => path)
    expect(paths({})).toEqual(['cron'])
    expect(paths({ cron: '@daily', everySeconds: 60 })).toEqual(['cron'])
    expect(paths({ cron: '0 3 * * *', blackout: [{ from: '22:00', to: '06:00' }] })).toEqual(['blackout'])
    expect(paths({ cron: '0 3 * * *', blackout: [{ from: '22:00', to: '03:00' }] })).toEqual([])
  })

  test('sentences', () => {
    const said = (given: Partial<ScheduleSettings>) => sentenceOf(schedule(given))
    expect(said({ cron: '@daily', timeZone: 'Europe/Berlin' })).toBe('At 00:00 (Europe/Berlin)')
    expect(said({ cron: '30 2 * * 1-5' })).toBe('At 02:30, Monday through Friday (UTC)')
    expect(said({ everySeconds: 60 })).toBe('Every minute')
    expect(said({ everySeconds: 90 })).toBe('Every 1 minute and 30 seconds')
    expect(said({ everySeconds: 7200 })).toBe('Every 2 hours')
  })
})

describe('intervals, pauses and blackouts', () => {
  const at = (text: string) => new Date(`2026-05-01T${text}Z`)
  const iso = (times: Date[]) => times.map((time) => time.toISOString().slice(11, 19))

  test('an interval counts from when it was made, however long that is ago', () => {
    const every = schedule({ everySeconds: 90 })
    const since = at('10:00:10')
    expect(iso(nextFirings(every, { after: at('10:00:00'), since, count: 2 }))).toEqual([
      '10:01:40',
      '10:03:10',
    ])
    expect(iso(nextFirings(every, { after: at('10:03:10'), since, count: 1 }))).toEqual(['10:04:40'])
    expect(iso(nextFirings(every, { after: at('10:03:11'), since, count: 1 }))).toEqual(['10:04:40'])
  })

  test('nothing is due before the end of a pause, and what is due at its end counts', () => {
    const one = schedule({ cron: '0 * * * *', pausedUntil: '2026-05-01T12:00:00Z' })
    expect(iso(nextFirings(one, { after: at('08:30:00'), since: SINCE, count: 2 }))).toEqual([
      '12:00:00',
      '13:00:00',
    ])
  })

  test('a blackout over midnight belongs to the day it begins on', () => {
    // 1 May 2026 is a Friday.
    const one = schedule({ cron: '0 */6 * * *', blackout: [{ from: '23:00', to: '07:00', days: [5] }] })
    const times = nextFirings(one, { after: at('11:00:00'), since: SINCE, count: 4 })
    expect(times.map((time) => time.toISOString().slice(5, 13))).toEqual([
      ...['05-01T12', '05-01T18', '05-02T12', '05-02T18'],
    ])
  })

  test('a long blackout is passed in one step, whatever is due in it', () => {
    // From Friday evening to Monday morning: 3,600 minutes, 21,600 times ten seconds.
    const blackout = [
      { from: '18:00', to: '00:00', days: [5] },
      { from: '00:00', to: '00:00', days: [6, 0] },
      { from: '00:00', to: '06:00', days: [1] },
    ]
    for (const one of [schedule({ cron: '* * * * *', blackout }), schedule({ everySeconds: 10, blackout })]) {
      const [first] = nextFirings(one, { after: at('18:00:30'), since: SINCE })
      expect(first?.toISOString()).toBe('2026-05-04T06:00:00.000Z')
      expect(whyNotSchedule(one)).toEqual([])
    }
  })

  describe('what would start in a blackout', () => {
    const quiet = (more: object) =>
      schedule({ cron: '50 21 * * *', blackout: [{ from: '22:00', to: '06:00' }], ...more })
    const dueAt = at('21:50:00')
    const morning = new Date('2026-05-02T06:00:00Z')

    test('by its jitter: it starts at the end, and is not late then', () => {
      const one = quiet({ jitterSeconds: 3600, missed: 'skip' })
      const starts = Array.from({ length: 50 }, (_, n) => messageOf(`trigger ${n}`, one, dueAt)[1])
      expect(starts.filter((start) => isBlackedOut(one, start))).toEqual([])
      expect(starts.filter((start) => start.getTime() === morning.getTime()).length).toBeGreaterThan(20)
      expect(starts.filter((start) => start < at('22:00:00')).length).toBeGreaterThan(0)
      const now = new Date(morning.getTime() + 2000)
      const { fates } = decide(one, { dueAt, now, since: SINCE })
      expect(fates).toMatchObject([{ dueAt, state: 'fire', reason: null }])
    })

    test('delivered a moment late: it is put off', () => {
      const one = quiet({ cron: '59 21 * * *' })
      const off = decide(one, { dueAt: at('21:59:00'), now: at('22:00:10'), since: SINCE })
      expect(off).toEqual({ fates: [], next: at('21:59:00'), notBefore: morning })
    })

    test.each(['once', 'all'] as const)('made up for (%s): it is put off, and made up for then', (missed) => {
      const one = quiet({ missed })
      const off = decide(one, { dueAt, now: at('23:30:00'), since: SINCE })
      expect(off).toEqual({ fates: [], next: dueAt, notBefore: morning })
      const { fates, notBefore } = decide(one, { dueAt, now: morning, since: SINCE })
      expect([fates, notBefore]).toEqual([[expect.objectContaining({ dueAt, state: 'fire' })], undefined])
    })

    test('what starts nothing is said at once', () => {
      const { fates } = decide(quiet({ missed: 'skip' }), { dueAt, now: at('23:30:00'), since: SINCE })
      expect(fates).toMatchObject([{ dueAt, state: 'skipped' }])
    })

    test('one blackout begins where another ends, over the days on which the clock is set', () => {
      const blackout = [
        { from: '22:00', to: '00:00' },
        { from: '00:00', to: '06:00' },
      ]
      for (const [from, to] of [
        ['2026-03-28T21:30:00Z', '2026-03-29T04:00:00.000Z'],
        ['2026-10-24T20:30:00Z', '2026-10-25T05:00:00.000Z'],
      ]) {
        const end = afterBlackouts({ timeZone: 'Europe/Berlin', blackout }, new Date(from!))
        expect(end.toISOString()).toBe(to)
      }
    })
  })

  test('no firing is passed over where the clock is put forward or back within a blackout', () => {
    for (const day of ['2026-03-28', '2026-10-24']) {
      const one = schedule({
        ...{ cron: '*/10 * * * *', timeZone: 'Europe/Berlin' },
        blackout: [{ from: '22:00', to: '06:00' }],
      })
      const [first] = nextFirings(one, { after: new Date(`${day}T21:30:00Z`), since: SINCE })
      expect(DateTime.fromJSDate(first!, { zone: 'Europe/Berlin' }).toFormat('HH:mm')).toBe('06:00')
    }
  })

  test('of a long time only the last are computed', () => {
    const minutely = schedule({ cron: '* * * * *' })
    const between = { from: new Date('2016-01-01T00:00:30Z'), until: at('12:00:00'), since: SINCE, most: 3 }
    const { times, more } = duesBetween(minutely, between)
    expect([iso(times), more]).toEqual([['11:58:00', '11:59:00', '12:00:00'], true])
    const yearly = duesBetween(schedule({ cron: '@yearly' }), { ...between, most: 2 })
    expect([yearly.times.length, yearly.more]).toEqual([2, true])
  })
})
