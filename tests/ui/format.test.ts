import { expect, test } from 'vitest'
import {
  formatBytes,
  formatBytesOf,
  formatCountOf,
  formatDuration,
  formatExactBytes,
  formatExactTime,
  formatPercent,
  formatRelative,
  formatSpeed,
  formatTimeLeft,
  shareDone,
} from '#app/_components/format.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [1023, '1,023 B'],
  [1024, '1.0 KiB'],
  [18_637, '18.2 KiB'],
  // Rounded in its own unit it would read 1024.0 KiB.
  [MIB - 1, '1.0 MiB'],
  [1.5 * GIB, '1.5 GiB'],
  [1023 * GIB, '1023.0 GiB'],
  [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
  [2n ** 60n, '1.0 EiB'],
])('%s bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('exact bytes keep every digit, beyond 2^53 too', () => {
  expect(formatExactBytes(1_610_612_736)).toBe('1,610,612,736 bytes')
  expect(formatExactBytes(1)).toBe('1 byte')
  expect(formatExactBytes(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993 bytes')
})

test('done and total share the unit of the total', () => {
  expect(formatBytesOf(214.3 * GIB, 315.9 * GIB)).toBe('214.3 of 315.9 GiB')
  expect(formatBytesOf(0, 800)).toBe('0 of 800 B')
  expect(formatBytesOf(3 * MIB, 2 * GIB)).toBe('0.0 of 2.0 GiB')
})

test.each([
  [0, '0 MiB/s'],
  [-1, '0 MiB/s'],
  [100, '<0.01 MiB/s'],
  [0.03 * MIB, '0.03 MiB/s'],
  [0.999 * MIB, '1.0 MiB/s'],
  [9.42 * MIB, '9.4 MiB/s'],
  [9.96 * MIB, '10 MiB/s'],
  [301 * MIB, '301 MiB/s'],
  [2048 * MIB, '2,048 MiB/s'],
])('%s bytes a second read %s', (speed, text) => {
  expect(formatSpeed(speed)).toBe(text)
})

test.each([
  [0, '0 s'],
  [0.02, '0.1 s'],
  [0.42, '0.4 s'],
  [0.97, '1 s'],
  [59.6, '1 min'],
  [252, '4 min 12 s'],
  [3600, '1 h'],
  [7530, '2 h 5 min'],
  [86_400 * 3 + 4 * 3600 + 59, '3 d 4 h'],
])('%s seconds last %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test.each([
  [null, '—'],
  [0, '0 s'],
  [12.2, '13 s'],
  [60, '1 min'],
  [290, '5 min'],
  [3601, '2 h'],
  [3 * 86_400, '3 d'],
])('%s seconds left read %s', (seconds, text) => {
  expect(formatTimeLeft(seconds)).toBe(text)
})

const now = Date.UTC(2026, 10, 21, 11, 29, 4)

test.each([
  [now, 'just now'],
  [now + 4_000, 'just now'],
  [now - 12_000, '12 s ago'],
  [now - 59_999, '59 s ago'],
  [now - 60_000, '1 min ago'],
  [now + 14 * 60_000, 'in 14 min'],
  [now - 3 * 3_600_000, '3 h ago'],
  [now - 29 * 86_400_000, '29 d ago'],
  [now - 40 * 86_400_000, '12 Oct 2026'],
])('%s is told as %s', (time, text) => {
  expect(formatRelative(time, now)).toBe(text)
})

test('the exact time names its zone', () => {
  expect(formatExactTime(now, 'UTC')).toBe('Sat 21 Nov 2026, 11:29:04 UTC')
  expect(formatExactTime(Date.UTC(2026, 10, 21, 0, 5, 9), 'UTC')).toBe('Sat 21 Nov 2026, 00:05:09 UTC')
  expect(formatExactTime(now, 'Asia/Kolkata')).toBe('Sat 21 Nov 2026, 16:59:04 GMT+5:30')
})

test('the share is taken from bytes, else from files, else not known', () => {
  const nothing = { bytes: 0, totalBytes: 0, files: 0, totalFiles: 0 }
  expect(shareDone(nothing)).toBeNull()
  expect(shareDone({ bytes: 25, totalBytes: 100, files: 9, totalFiles: 10 })).toBe(0.25)
  expect(shareDone({ bytes: 0, totalBytes: 0, files: 3, totalFiles: 4 })).toBe(0.75)
  // A source that grew while it was copied.
  expect(shareDone({ bytes: 120, totalBytes: 100, files: 1, totalFiles: 1 })).toBe(1)
})

test('a percentage never runs ahead of what is done', () => {
  expect(formatPercent(0.9999)).toBe('99 %')
  expect(formatPercent(0.29)).toBe('29 %')
  expect(formatPercent(1)).toBe('100 %')
})

test('counts have their word', () => {
  expect(formatCountOf(1, 'file')).toBe('1 file')
  expect(formatCountOf(12_408, 'file')).toBe('12,408 files')
  expect(formatCountOf(2, 'entry', 'entries')).toBe('2 entries')
})
