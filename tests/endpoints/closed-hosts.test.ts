import { afterAll, describe, expect, test, vi } from 'vitest'
import { hostsIn, isClosedAddress, whyNotCalled, whyPrivate } from '#lib/endpoints/hosts.ts'
import type { Stored } from '#lib/endpoints/sides.ts'
import { whyHostClosed } from '#workers/endpoints/closed-hosts.ts'

// The agent's own machine and its cloud's metadata, in whatever form somebody writes them.

// A name server of the test's own: names that lead inside, from outside.
const answers: Record<string, string[]> = {
  'inside.example': ['127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'both.example': ['93.184.216.34', '127.0.0.1'],
  'rushes.s3.example': ['127.0.0.1'],
  's3.example': ['93.184.216.34'],
  'outside.example': ['93.184.216.34'],
}
vi.mock('node:dns/promises', () => ({
  lookup: async (host: string) => {
    if (!answers[host]) throw Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })
    return answers[host].map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  },
}))

process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = '1'
afterAll(() => {
  delete process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS
})

const inside = [
  ...['127.0.0.1', '127.1', '127.0.0.53', '0.0.0.0', '0', '2130706433', '0x7f.1', '0x7f000001', '0177.0.0.1'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'db.localhost', 'localhost.localdomain', 'ip6-localhost'],
  ...['::1', '[::1]', '::', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1'],
  ...['64:ff9b::7f00:1', '2002:7f00:1::', 'fe80::1', 'fd00:ec2::254'],
  ...['169.254.169.254', '169.254.170.2', '2852039166', '0xa9fea9fe', '::ffff:a9fe:a9fe', '100.100.100.200'],
  ...['metadata.google.internal', 'metadata.google.internal.', '192.0.0.192'],
]

describe.each(inside)('%s is closed', (host) => {
  test('as a host', () => {
    expect(whyPrivate('host', host)).toMatch(/own machine/)
  })
  test('in a URL, with a port, a user, a path', () => {
    const inUrl = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
    for (const url of [
      `http://${inUrl}/`,
      `https://${inUrl}:8443/a`,
      `http://user:pass@${inUrl}/`,
      `${inUrl}:21`,
    ]) {
      expect(whyPrivate('url', url), url).toMatch(/own machine/)
    }
  })
})

test.each([
  'nas.studio.example',
  '192.168.1.10',
  '10.0.0.1',
  '172.16.0.1',
  'fd12::1',
  '8.8.8.8',
  '2606:4700::1111',
])('%s is let through', (host) => {
  expect(whyPrivate('host', host)).toBeNull()
})

test.each([
  ...['169.254.169.254', '::ffff:169.254.169.254', '::169.254.169.254', '::ffff:0:169.254.169.254'],
  ...[
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'fe80::1',
    'fe80::1%eth0',
    '64:ff9b::6464:64c8',
    '2002:a83f:8110::',
  ],
  ...['::ffff:100.100.100.200', '::192.0.0.192', 'fd00:ec2::254'],
])('%s is never called', (address) => {
  expect(whyNotCalled(address)).toMatch(/never called/)
})

test.each([
  ...[
    '127.0.0.1',
    '10.1.2.3',
    '::1',
    'fd12::1',
    '::ffff:192.168.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '::10.0.0.1',
  ],
])('%s is called unless private hosts are blocked', (address) => {
  expect(whyNotCalled(address)).toMatch(/network of your own/)
  process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = ''
  expect(whyNotCalled(address)).toBeNull()
  process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = '1'
})

test.each(['93.184.216.34', '2606:4700::1111', '64:ff9b::5db8:d822'])('%s is called', (address) => {
  expect(whyNotCalled(address)).toBeNull()
})

test('only options that name hosts are read, each host of a list', () => {
  expect(whyPrivate('user', 'localhost')).toBeNull()
  expect(hostsIn('use_accelerate_endpoint', 'true')).toEqual([])
  expect(whyPrivate('namenode', 'nn1.example:8020,127.0.0.1:8020')).toMatch(/own machine/)
  expect(whyPrivate('socks_proxy', 'user:pass@127.0.0.1:1080')).toMatch(/own machine/)
  for (const option of [
    'endpoint',
    'auth_url',
    'token_url',
    'hostname',
    'auth',
    'http_proxy',
    'download_url',
    ...['site', 'satellite_address', 'upload_prefix', 'sas_url', 'tokenURL'],
  ]) {
    expect(whyPrivate(option, 'http://127.0.0.1/'), option).toMatch(/own machine/)
  }
})

test('a connection string of Azure names hosts as well', () => {
  const text = (more: string) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k==;${more}`
  for (const more of ['BlobEndpoint=http://127.0.0.1:10000/a;', 'EndpointSuffix=localhost']) {
    expect(whyPrivate('connection_string', text(more)), more).toMatch(/own machine/)
  }
  expect(whyPrivate('connection_string', text('EndpointSuffix=core.windows.net'))).toBeNull()
})

test('an address with the name of an interface is that address', () => {
  expect(whyPrivate('host', 'fe80::1%eth0')).toMatch(/own machine/)
  expect(isClosedAddress('fe80::1%eth0')).toBe(true)
})

test('an address of no form at all is none', () => {
  for (const text of ['', 'a.b', '1.2.3', '999.1.1.1', '::gg']) expect(isClosedAddress(text)).toBe(false)
})

describe('names that lead inside, asked by the agent before each use', () => {
  const stored = (settings: Record<string, string>, more: Partial<Stored> = {}): Stored => ({
    ...{ row: 'a', type: 'sftp', root: '', settings, secrets: {}, deleted: false, wrapped: [], ...more },
  })
  test.each(['inside.example', 'metadata.example', 'mapped.example', 'both.example', '2130706433'])(
    '%s',
    async (host) => {
      expect(await whyHostClosed(stored({ host }))).toMatch(/own machine/)
      expect(await whyHostClosed(stored({ url: `https://${host}/x` }, { type: 'webdav' }))).toMatch(
        /own machine/,
      )
    },
  )
  test('of what an endpoint lies over', async () => {
    const { wrapped: _, ...base } = stored({ host: 'inside.example' })
    expect(await whyHostClosed(stored({}, { type: 'crypt', wrapped: [base] }))).toMatch(/own machine/)
  })
  test('a bucket’s own name below that of the server', async () => {
    const settings = { endpoint: 'https://s3.example' }
    expect(await whyHostClosed(stored(settings, { type: 's3', root: 'rushes/a' }))).toMatch(/own machine/)
    expect(await whyHostClosed(stored(settings, { type: 's3', root: 'other' }))).toBeNull()
  })
  test('others, and names that nobody knows, are let through', async () => {
    expect(await whyHostClosed(stored({ host: 'outside.example' }))).toBeNull()
    expect(await whyHostClosed(stored({ host: 'nobody.example' }))).toBeNull()
  })
  test('without the setting nothing is asked', async () => {
    process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = ''
    expect(await whyHostClosed(stored({ host: '127.0.0.1' }))).toBeNull()
    process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS = '1'
  })
})
