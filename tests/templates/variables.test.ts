import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  eventNames,
  type FileFacts,
  fillIn,
  fixedFolder,
  isPerFile,
  placeOf,
  VariableError,
  whyNotTemplatePath,
} from '#lib/templates/variables.ts'

const job = '01a1fc86-49b6-71aa-a721-95a2b54606e6'
const file: FileFacts = {
  path: 'day1/cards/a5.mov',
  size: 1_234_567,
  at: new Date('2026-11-21T01:30:05.250Z'),
  detail: { bucket: 'footage', key: 'day1/cards/a5.mov', eTag: 'e', region: '..' },
}
const run = {
  ...{ runAt: new Date('2025-01-02T23:04:05Z'), timeZone: 'UTC', template: 'Cards / A', job },
}
const filled = (path: string, more: object = {}) => fillIn(path, { ...run, file, ...more })
const placed = (path: string, of: Partial<FileFacts> = {}, more: object = {}) =>
  placeOf(path, { ...run, ...more, file: { ...file, ...of } })

test.each([
  ['{year}', '2026'],
  ['{month}', '11'],
  ['{day}', '21'],
  ['{hour}', '01'],
  ['{minute}', '30'],
  ['{second}', '05'],
  ['{week}', '47'],
  ['{date}', '2026-11-21'],
  ['{date:yyyyMMdd}', '20261121'],
  ['{date:LLLL}', 'November'],
  // A "/" of a format makes no folder.
  ['{date:yyyy/MM}', '2026_11'],
  ['{date:..}', '__'],
  ['{timestamp}', '1795224605'],
  ['{run.year}', '2025'],
  ['{run.date:yyyy-MM-dd HH}', '2025-01-02 23'],
  ['{run.timestamp}', '1735859045'],
  ['{filename}', 'a5.mov'],
  ['{name}', 'a5'],
  ['{ext}', 'mov'],
  ['{path}', 'day1/cards'],
  ['{size}', '1234567'],
  ['{event.bucket}', 'footage'],
  ['{event.key}', 'day1_cards_a5.mov'],
  ['{event.region}', '__'],
  ['{template}', 'Cards _ A'],
  ['{job}', job],
  ['a/./b//{year}/', 'a/b/2026/'],
  ['{{{year}}}', '{2026}'],
  ['{{year}}', '{year}'],
  ['}}{{', '}{'],
])('%s becomes %s', (path, text) => {
  expect(whyNotTemplatePath(path, { perFile: true, events: true })).toBe(null)
  expect(filled(path)).toBe(text)
})

test('dates are those of the zone, of the event where there is one and else of the run', () => {
  expect(filled('{date} {hour}', { timeZone: 'America/Los_Angeles' })).toBe('2026-11-20 17')
  expect(filled('{date} {hour}', { timeZone: 'Asia/Kolkata' })).toBe('2026-11-21 07')
  expect(filled('{run.date} {run.hour}', { timeZone: 'Asia/Kolkata' })).toBe('2025-01-03 04')
  expect(filled('{date} {week}', { file: null })).toBe('2025-01-02 01')
  // The last days of a year may be of the first week of the next.
  expect(filled('{week}', { file: { ...file, at: new Date('2024-12-30T12:00:00Z') } })).toBe('01')
})

test('what has no value is said', () => {
  expect(() => filled('{filename}', { file: null })).toThrow(
    '{filename} has no value in a run of a whole folder.',
  )
  expect(() => filled('{event.versionId}')).toThrow('The event holds nothing for {event.versionId}.')
  expect(() => filled('{event.constructor}')).toThrow(VariableError)
  expect(filled('{size}', { file: { ...file, size: null } })).toBe('0')
})

describe('where a file lands', () => {
  test.each([
    ['', 'day1/cards/a5.mov'],
    ['archive', 'archive/day1/cards/a5.mov'],
    ['archive/', 'archive/day1/cards/a5.mov'],
    ['{year}/{month}/', '2026/11/day1/cards/a5.mov'],
    ['{year}/{filename}', '2026/a5.mov'],
    ['{filename}/{year}', 'a5.mov/2026/day1/cards/a5.mov'],
    ['{path}/{date:yyyyMMdd}/', 'day1/cards/20261121/a5.mov'],
    ['x/{path}/{name}-{hour}{minute}.{ext}', 'x/day1/cards/a5-0130.mov'],
    // A "/" in a format is no folder of the path.
    ['{filename}-{date:yyyy/MM}', 'a5.mov-2026_11'],
    ['{size}', '1234567/day1/cards/a5.mov'],
  ])('%s: %s', (path, place) => expect(placed(path)).toBe(place))

  test.each([
    // Names of which one says what is their extension.
    ['{name}|{ext}|{filename}', 'x.tar.gz', 'x.tar|gz|x.tar.gz'],
    ['{name}|{ext}|{filename}', '.profile', '.profile||.profile'],
    ['{name}|{ext}|{filename}', 'plain', 'plain||plain'],
    // All dots before the last: as an extension it would leave a name that climbs, or none.
    ['{name}', '...', '...'],
    ['{name}', '..b', '..b'],
    ['a/{name}', '....', 'a/....'],
    // Braces and the characters that once stood for them are what they are.
    ['{name}', '{year}', '{year}'],
    ['{filename}', '\uE000year\uE001', '\uE000year\uE001'],
    ['\uE000/{filename}', 'a', '\uE000/a'],
  ])('%s of %s: %s', (path, name, place) => expect(placed(path, { path: name })).toBe(place))

  test.each([
    ['{ext}', 'plain', /leaves no name/],
    ['a/.{ext}', 'plain', /leaves no name/],
    ['../{filename}', 'a', /climb out/],
    ['a/.{ext}.', 'plain', /climb out/],
    ['{path}/{filename}', '../a', /climb out/],
    ['a', '../b', /no path of a file/],
    ['a', 'b/..', /no path of a file/],
    ['{filename}', 'x'.repeat(256), /longer than 255 bytes/],
    ['{event.key}/{filename}', 'a', /longer than 255 bytes/],
  ])('%s of %s is refused', (path, of, why) => {
    const detail = { key: 'ä'.repeat(128) }
    expect(() => placed(path, { path: of, detail })).toThrow(why)
    expect(() => placed(path, { path: of, detail })).toThrow(VariableError)
  })

  const segment = fc.oneof(
    fc.constantFrom('.', '..', '...', '', ' ', '{', '}', '\uE000', '\uE001'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  )
  const text = fc.array(segment, { maxLength: 5 }).map((parts) => parts.join('/'))
  const joint = fc.array(
    fc.oneof(
      segment,
      fc.constantFrom(
        ...['/', '.', '..', '{{', '}}', '{name}', '{ext}', '{filename}', '{path}', '{year}', '{template}'],
        ...['{date:..}', '{date:/}', '{size}', '{job}', ...eventNames.map((name) => `{event.${name}}`)],
      ),
    ),
    { maxLength: 8 },
  )

  test('nothing climbs out, whatever the path and the values', () => {
    fc.assert(
      fc.property(joint, text, text, (parts, path, value) => {
        const detail = Object.fromEntries(eventNames.map((name) => [name, value]))
        const facts = { ...run, template: value, file: { ...file, path, detail } }
        for (const place of [fillIn, placeOf]) {
          let found: string
          try {
            found = place(parts.join(''), facts)
          } catch (error) {
            expect(error).toBeInstanceOf(VariableError)
            continue
          }
          expect(found.startsWith('/')).toBe(false)
          const names = found.replace(/\/$/, '').split('/')
          expect(names.filter((name) => name === '.' || name === '..')).toEqual([])
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('an event’s value is one name, and a template’s', () => {
    fc.assert(
      fc.property(text, (value) => {
        const facts = { ...run, template: value, file: { ...file, detail: { key: value } } }
        for (const path of ['a{event.key}b', 'a{template}b']) {
          expect(fillIn(path, facts)).not.toContain('/')
        }
      }),
    )
  })
})

describe('what is refused at save', () => {
  const why = (path: string, more: object = {}) =>
    whyNotTemplatePath(path, { perFile: true, events: true, ...more })

  test('an unknown variable, with those that there are', () => {
    expect(why('a/{yeer}')).toMatch(
      /^There is no variable \{yeer\}\. There are \{year\} .*\{filename\}.*\{event\.key\}/,
    )
    expect(why('{event.bukket}')).toMatch(/^There is no variable \{event\.bukket\}\. .*\{event\.bucket\}/)
    expect(why('{event.bukket}', { events: false })).not.toContain('{event.bucket}')
    expect(why('{run.filename}')).toMatch(/^There is no variable/)
    expect(why('{constructor}')).toMatch(/^There is no variable/)
  })

  test('what an event tells, where none does', () => {
    for (const name of eventNames) expect(why(`{event.${name}}`)).toBe(null)
    expect(why('{event.bucket}', { events: false })).toMatch(/told by S3 events alone/)
  })

  test('variables of a file in the source', () => {
    expect(why('in/{filename}', { perFile: false })).toMatch(/no meaning in the source path/)
    expect(why('in/{year}', { perFile: false })).toBe(null)
  })

  test('formats that are none, and braces without their twin', () => {
    expect(why('{date:}')).toMatch(/A format is missing/)
    expect(why('{filename:x}')).toBe('{filename} takes no format.')
    for (const path of ['{', 'a}', '{year', 'year}', '{}', '{ year}', '{{year}', '{date:{year}}']) {
      expect(why(path)).toMatch(/brace without its twin|There is no variable/)
    }
    expect(why('{{year}}')).toBe(null)
  })
})

test('which variables make a place of its own for each file, and what lies before the first', () => {
  expect(['{year}', 'a', '{{filename}}', '{run.date}'].map(isPerFile)).toEqual([false, false, false, false])
  expect(['{path}', '{name}', '{event.key}', '{size}'].map(isPerFile)).toEqual([true, true, true, true])
  expect(['a/b{year}/c', '{year}/a', 'a/{{b}}/{year}', 'a/b', '{{a}}/b'].map(fixedFolder)).toEqual([
    ...['a/', '', 'a/{b}/', 'a/b', '{a}/b'],
  ])
})
