import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { applyForwarded, TrustedPeers } from '#bin/web/forwarded.ts'

const proxies = new TrustedPeers(['127.0.0.1', '10.0.0.0/8', '::1'])

function request(peer: string, headers: Record<string, string>): IncomingMessage {
  return { headers: { host: 'files.example.org', ...headers }, socket: { remoteAddress: peer } } as never
}

function seen(peer: string, headers: Record<string, string>, secure = false) {
  const one = request(peer, headers)
  applyForwarded(one, proxies, secure)
  return one.headers
}

describe('a stranger', () => {
  test('cannot choose its address, its protocol or the host', () => {
    const told = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '1.2.3.4',
      forwarded: 'for=1.2.3.4',
    }
    expect(seen('203.0.113.9', told)).toEqual({
      host: 'files.example.org',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'http',
    })
  })

  test('in IPv6 clothes is the same', () => {
    expect(seen('::ffff:203.0.113.9', {})['x-forwarded-for']).toBe('203.0.113.9')
    expect(seen('::ffff:127.0.0.1', { 'x-forwarded-for': '203.0.113.9' })['x-forwarded-for']).toBe(
      '203.0.113.9',
    )
  })
})

describe('a proxy that is trusted', () => {
  test('says whom it saw, and by what protocol', () => {
    const told = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
    expect(seen('127.0.0.1', told)).toMatchObject(told)
  })

  test('is believed about the last stranger of the way, not about what that one claimed', () => {
    const told = { 'x-forwarded-for': '1.2.3.4, 203.0.113.9, 10.1.2.3' }
    expect(seen('127.0.0.1', told)['x-forwarded-for']).toBe('203.0.113.9')
  })

  test('that says nothing is itself the client', () => {
    expect(seen('::1', {})).toMatchObject({ 'x-forwarded-for': '::1', 'x-forwarded-proto': 'http' })
  })
})

test('our own TLS needs nobody’s word', () => {
  expect(seen('203.0.113.9', {}, true)['x-forwarded-proto']).toBe('https')
})
