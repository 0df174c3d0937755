import { describe, expect, test } from 'vitest'
import { sidesOverlap } from '#lib/endpoints/overlap.ts'
import type { StoredPlace } from '#lib/endpoints/sides.ts'
import { leadsElsewhere } from '#lib/endpoints/where.ts'
import type { Operation } from '#lib/jobs/states.ts'

// Two endpoints of one folder: a move between them would delete what it "has moved".

let rows = 0

type End = StoredPlace & { wrapped: StoredPlace[]; below: string; named: string }

function end(type: string, root: string, settings: Record<string, string>, over: End[] = []): End {
  rows += 1
  const row = `00000000-0000-4000-8000-${String(rows).padStart(12, '0')}`
  const wrapped = over.flatMap((one) => [...one.wrapped, one])
  return {
    row,
    type,
    root,
    settings,
    secrets: {},
    deleted: false,
    wrapped,
    below: '',
    named: `endpoint:${row}`,
  }
}

const at = (one: End, below: string): End => ({ ...one, below })

function overlaps(from: End, to: End, operation: Operation = 'move'): boolean {
  const side = (one: End) => ({ stored: one, below: one.below, agent: 'here' })
  return sidesOverlap(side(from), side(to), operation)
}

const sftp = (host: string, root: string, more = {}) => end('sftp', root, { host, user: 'ops', ...more })
const smb = (host: string, root: string, more = {}) => end('smb', root, { host, ...more })
const s3 = (endpoint: string, root: string, more = {}) =>
  end('s3', root, { provider: 'Other', endpoint, ...more })
const local = (root: string) => end('local', root, {})
const over = (type: string, base: End, folder = '', root = '', settings = {}) =>
  end(type, root, { remote: `${base.named}${folder}`, ...settings }, [base])
const many = (type: string, root: string, lines: [string, End][]) =>
  end(
    type,
    root,
    { upstreams: lines.map(([line]) => line).join('\n') },
    lines.map(([, base]) => base),
  )

const nas = sftp('nas', '/srv')
const disk = local('/srv/media')
const bucket = s3('https://minio.example:9000', 'rushes')

const same: [string, End, End][] = [
  ['two SFTP endpoints', nas, sftp('nas', '/srv')],
  ['the port that is the usual one', nas, sftp('nas', '/srv', { port: '22' })],
  ['letters of the host, and a dot at its end', nas, sftp('NAS.', '/srv/')],
  ['an address in another form', sftp('10.0.0.1', '/srv'), sftp('167772161', '/srv')],
  ['root and path divided otherwise', at(nas, 'a/b'), at(sftp('nas', '/srv/a'), 'b')],
  ['a folder of the home', sftp('nas', 'a'), at(sftp('nas', ''), 'a')],
  ['the root of a server and its root', sftp('nas', '/'), sftp('nas', '/')],
  ['one bucket by two keys', bucket, s3('https://minio.example:9000/', 'rushes', { access_key_id: 'B' })],
  ['one bucket by two regions', bucket, s3('minio.example:9000', 'rushes', { region: 'eu-west-1' })],
  [
    'Amazon by its name and by its URL',
    end('s3', 'rushes', { provider: 'AWS' }),
    s3('https://s3.eu-central-1.amazonaws.com', 'rushes', { provider: 'AWS' }),
  ],
  ['a share in other letters', smb('nas', 'Media/Raw'), smb('NAS', 'media/raw', { domain: 'STUDIO' })],
  ['a share and a folder of it', smb('nas', 'media'), at(smb('nas', 'media'), '')],
  ['FTP', end('ftp', 'in', { host: 'f', user: 'u' }), end('ftp', 'in', { host: 'f', user: 'u', port: '21' })],
  [
    'WebDAV, the path in the URL or below it',
    end('webdav', 'b', { url: 'https://dav.example/a', user: 'u' }),
    end('webdav', '', { url: 'https://dav.example:443/a/b/', user: 'u' }),
  ],
  ['two local endpoints', disk, local('/srv/media')],
  ['an alias and its base', over('alias', disk), disk],
  ['an alias to a folder of the base', over('alias', disk, '/raw'), at(disk, 'raw')],
  ['an alias with a root of its own', over('alias', disk, '', 'raw'), at(disk, 'raw')],
  ['two aliases', over('alias', nas, '/a'), over('alias', sftp('nas', '/srv'), '/a')],
  ['an alias of an alias', over('alias', over('alias', disk, '/a'), '/b'), at(disk, 'a/b')],
  ['crypt and its base', over('crypt', disk), disk],
  ['crypt at a folder, and what it is encrypted to', over('crypt', disk, '', 'raw'), at(disk, 'x7f3')],
  ['two crypts over one base', over('crypt', disk), over('crypt', local('/srv/media'))],
  [
    'crypt over SFTP and another endpoint of that',
    over('crypt', nas, '/safe'),
    at(sftp('nas', '/srv'), 'safe'),
  ],
  [
    'crypt with clear names, the same folder',
    over('crypt', disk, '', 'raw', { filename_encryption: 'off' }),
    at(disk, 'raw'),
  ],
  [
    'one of several of a union',
    many('union', '', [
      [`${nas.named}`, nas],
      [disk.named, disk],
    ]),
    disk,
  ],
  ['a folder of a union', many('union', 'a', [[`${disk.named}/raw:ro`, disk]]), at(disk, 'raw/a')],
  [
    'a part of a combined one',
    many('combine', 'films', [[`films=${disk.named}/raw`, disk]]),
    at(disk, 'raw'),
  ],
  [
    'a part whose name ends in a blank, as rclone takes it',
    many('combine', 'a ', [[`a =${disk.named}/raw`, disk]]),
    at(disk, 'raw'),
  ],
  ['all of a combined one', many('combine', '', [[`films=${disk.named}`, disk]]), disk],
  ['chunks and what they lie over', over('chunker', bucket, '/big'), at(bucket, 'big')],
]

test.each(same)('a move is refused: %s', (_, from, to) => {
  expect(overlaps(from, to)).toBe(true)
  expect(overlaps(to, from)).toBe(true)
})

const apart: [string, End, End][] = [
  ['other folders', at(nas, 'a'), at(sftp('nas', '/srv'), 'b')],
  ['a name that begins alike', at(disk, 'watch'), at(local('/srv/media'), 'watch2')],
  ['other ports', nas, sftp('nas', '/srv', { port: '2222' })],
  ['other users, who may be shown another root', nas, sftp('nas', '/srv', { user: 'guest' })],
  ['other hosts', nas, sftp('nas2', '/srv')],
  ['other kinds on one host', nas, end('ftp', '/srv', { host: 'nas', user: 'ops' })],
  ['a bucket of another server', bucket, s3('https://minio2.example:9000', 'rushes')],
  ['a key that begins alike', s3('https://m.example', 'b/raw'), s3('https://m.example', 'b/raw2')],
  ['folders beside each other in crypt', at(over('crypt', disk), 'a'), local('/srv/other')],
  [
    'another part of a combined one',
    many('combine', 'films', [[`films=${disk.named}/raw`, disk]]),
    at(disk, 'b'),
  ],
  ['accounts of a service that settings do not tell apart', end('drive', 'a', {}), end('drive', 'a', {})],
]

test.each(apart)('a move is let through: %s', (_, from, to) => {
  expect(overlaps(from, to)).toBe(false)
  expect(overlaps(to, from)).toBe(false)
})

describe('one inside the other', () => {
  const outer = nas
  const inner = at(sftp('nas', '/srv'), 'a')
  test.each(['copy', 'move', 'sync'] as const)('%s into its own folder is refused', (operation) => {
    expect(overlaps(outer, inner, operation)).toBe(true)
  })
  test('out of a folder into the one above: a sync would delete the source', () => {
    expect(overlaps(inner, outer, 'sync')).toBe(true)
    expect(overlaps(inner, outer, 'copy')).toBe(false)
    expect(overlaps(inner, outer, 'move')).toBe(false)
  })
  test('into an encrypted folder that may be anywhere in it', () => {
    const safe = over('crypt', disk, '/safe', 'a')
    expect(overlaps(at(disk, 'safe/q5'), safe, 'copy')).toBe(true)
    expect(overlaps(safe, disk, 'sync')).toBe(true)
    expect(overlaps(safe, disk, 'copy')).toBe(false)
    expect(overlaps(safe, at(disk, 'elsewhere'), 'sync')).toBe(false)
  })
  test('two folders of one crypt endpoint are told apart by their clear names', () => {
    const safe = over('crypt', disk)
    expect(overlaps(at(safe, 'a'), at(safe, 'b'))).toBe(false)
    expect(overlaps(at(safe, 'a'), at(safe, 'a'))).toBe(true)
    const wrapped = over('alias', safe, '/a')
    expect(overlaps(wrapped, at(safe, 'b'))).toBe(false)
    expect(overlaps(wrapped, at(safe, 'a'))).toBe(true)
  })
})

test.each(['a/b', '/a/b/', 'a//b', './a/b', 'a/./b', 'a/b/.', '//a/./b//'])(
  'a folder is one however it is written: %s',
  (below) => {
    const disk = local('/srv')
    expect(overlaps(at(disk, 'a/b'), at(disk, below))).toBe(true)
    expect(overlaps(at(disk, 'a/b.c'), at(disk, below))).toBe(false)
    expect(overlaps(at(disk, 'a/.b'), at(disk, below))).toBe(false)
  },
)

test('an endpoint leads elsewhere by another folder, bucket or server, not by keys, regions or a slash', () => {
  const bucket = s3('https://s3.example', 'b/in')
  const same = [
    [local('/srv/in'), local('/srv/in/')],
    [bucket, s3('https://s3.example', 'b/in', { region: 'eu', access_key_id: 'k', upload_concurrency: '8' })],
  ] as const
  for (const [before, after] of same) expect(leadsElsewhere(before, after)).toBe(false)
  const other = [
    [local('/srv/in'), local('/srv/in2')],
    [bucket, s3('https://s3.example', 'b2/in')],
    [bucket, s3('https://other.example', 'b/in')],
  ] as const
  for (const [before, after] of other) expect(leadsElsewhere(before, after)).toBe(true)
})
