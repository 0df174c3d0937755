import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutBeforeEnd, splitPath, visiblePath } from '#app/_components/path-parts.ts'

test.each([
  ['a\nb\tc', 'a↵b⇥c'],
  ['bell\u0007', 'bell[U+0007]'],
  // Without its sign this name would read "report-gpj.exe" as "report-exe.jpg".
  ['report-\u202egpj.exe', 'report-[U+202E]gpj.exe'],
  ['zero\u200bwidth', 'zero[U+200B]width'],
  ['lone\ud800', 'lone\ufffd'],
  ['folder /  name ', 'folder␣/␣␣name␣'],
  ['inner space stays', 'inner space stays'],
  ['👩‍👩‍👧‍👦.jpg', '👩‍👩‍👧‍👦.jpg'],
])('%j is shown as %j', (path, shown) => {
  expect(visiblePath(path)).toBe(shown)
})

test.each([
  ['a/b/c.mxf', 'a/b/', 'c.mxf'],
  ['c.mxf', '', 'c.mxf'],
  ['a/b/', 'a/', 'b/'],
  ['/', '', '/'],
  ['', '', ''],
])('%j splits into %j and %j', (path, folder, name) => {
  expect(splitPath(path)).toEqual({ folder, name })
})

test('nothing is lost by splitting and cutting, whatever the name', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.integer({ min: 1, max: 20 }),
      (path, keep) => {
        const { folder, name } = splitPath(path)
        const { head, tail } = cutBeforeEnd(name, keep)
        expect(folder + head + tail).toBe(path)
      },
    ),
  )
})

test('nothing that a screen hides is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (path) => {
      expect(visiblePath(path)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})

test('the end that stays holds the extension; letters of many parts are not torn', () => {
  expect(cutBeforeEnd('A001_C014_1120QK_final.mxf', 14)).toEqual({
    head: 'A001_C014_11',
    tail: '20QK_final.mxf',
  })
  expect(cutBeforeEnd('a👩‍👩‍👧‍👦b', 2)).toEqual({ head: 'a', tail: '👩‍👩‍👧‍👦b' })
  expect(cutBeforeEnd('short.txt', 14)).toEqual({ head: '', tail: 'short.txt' })
})

test('a right-to-left name is never cut in two', () => {
  const name = 'קובץ ארוך מאוד עם שם ארוך.pdf'
  expect(cutBeforeEnd(name, 14)).toEqual({ head: name, tail: '' })
})
