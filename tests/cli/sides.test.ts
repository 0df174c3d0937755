import { expect, test } from 'vitest'
import { CliError } from '#bin/cli/errors.ts'
import { holderOf, parseSide } from '#bin/cli/sides.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'

test.each([
  ['archive:2026/11', { kind: 'endpoint', name: 'archive', path: '2026/11' }],
  ['archive:', { kind: 'endpoint', name: 'archive', path: '' }],
  ['archive:a:b', { kind: 'endpoint', name: 'archive', path: 'a:b' }],
  ['camera cards:A 1', { kind: 'endpoint', name: 'camera cards', path: 'A 1' }],
  ['./a:b', { kind: 'local', path: '/here/a:b' }],
  ['folder/a:b', { kind: 'local', path: '/here/folder/a:b' }],
  ['card', { kind: 'local', path: '/here/card' }],
  ['/srv/x/', { kind: 'local', path: '/srv/x' }],
  ['..', { kind: 'local', path: '/' }],
])('%s is read as a person means it', (text, side) => {
  expect(parseSide(text, '/here')).toEqual(side)
})

test.each(['', ':x', ':sftp,ssh=id:/'])('%j is refused with what to write instead', (text) => {
  expect(() => parseSide(text)).toThrow(CliError)
})

test('the deepest endpoint holds a path, and a folder with the same beginning does not', () => {
  const local = (name: string, path: string) => ({ name, path, type: 'local' }) as Endpoint
  const known = [local('all', '/srv'), local('media', '/srv/media'), local('other', '/srv/media2')]
  expect(holderOf('/srv/media/a', known)?.name).toBe('media')
  expect(holderOf('/srv/media3', known)?.name).toBe('all')
  expect(holderOf('/mnt', known)).toBeNull()
})
