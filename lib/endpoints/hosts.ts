import { BlockList, isIP } from 'node:net'
import { isHostOption } from '#lib/backends/option-rules.ts'
import { addressOf } from './kinds/kind.ts'

// With FILE_ORBIT_BLOCK_PRIVATE_HOSTS an endpoint cannot point at the agent's own machine or at the address where
// clouds hand out credentials. Asked when it is saved, and by the agent of every address that a name leads to.

const closed = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  // Where AWS, Google, Azure and others answer with the machine's own credentials.
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  // Azure's WireServer.
  ['168.63.129.16', 32],
] as const) {
  closed.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  // Google's, for machines with IPv6 alone.
  ['fd20:ce::254', 128],
] as const) {
  closed.addSubnet(network, bits, 'ipv6')
}

/** Loopback, link-local and metadata addresses, IPv4 ones in IPv6's dress included. */
export function isClosedAddress(address: string): boolean {
  const [bare = ''] = address.replace(/^\[|\]$/g, '').split('%')
  const family = isIP(bare)
  if (family === 0) return false
  if (closed.check(bare, family === 6 ? 'ipv6' : 'ipv4')) return true
  const inside = family === 6 ? embedded(bare) : null
  return inside !== null && closed.check(inside, 'ipv4')
}

/** The IPv4 address that an IPv6 one carries: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056). */
function embedded(address: string): string | null {
  const groups = groupsOf(address)
  const [first = 0, second = 0, third = 0, , , sixth = 0, seventh = 0, last = 0] = groups
  const noughts = groups.slice(0, 5).every((group) => group === 0)
  const nat64 = first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0)
  if ((noughts && (sixth === 0xffff || sixth === 0)) || nat64) return dotted(seventh, last)
  return first === 0x2002 ? dotted(second, third) : null
}

/** Eight numbers; the URL parser writes every form of an address in one way, without dots. */
function groupsOf(address: string): number[] {
  const host = URL.parse(`http://[${address}]/`)?.hostname ?? '[::]'
  const [left = '', right] = host.slice(1, -1).split('::')
  const numbers = (text: string) =>
    text.split(':').flatMap((part) => (part === '' ? [] : [parseInt(part, 16)]))
  const [head, tail] = [numbers(left), numbers(right ?? '')]
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/**
 * A host in one spelling: small letters, no dot at the end, and an address in its usual form, since what resolves names
 * also takes 2130706433, 0x7f.1 and 0177.0.0.1 for 127.0.0.1.
 */
export function canonicalHost(host: string): string {
  const bare = host
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '')
  const parsed = URL.parse(`http://${bare.includes(':') ? `[${bare}]` : bare}/`)
  return parsed?.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '') || bare
}

/** The hosts that the value of an option names: some take a list, or `host:port`, or a URL, Azure `Name=URL;…`. */
export function hostsIn(option: string, value: string): string[] {
  if (!isHostOption(option) || value === 'true' || value === 'false') return []
  const texts =
    option === 'connection_string'
      ? [...value.matchAll(/endpoint(?:suffix)?=([^;]*)/gi)].map((found) => found[1]!)
      : value.split(/[,\s]+/)
  return texts
    .filter((text) => text !== '')
    .map((text) => canonicalHost(addressOf(text.replace(/^[^/@]*@/, ''))?.host ?? text))
}

/** Why a setting's host is refused by its text alone, or null. */
export function whyPrivate(option: string, value: string): string | null {
  const isOwn = (host: string) =>
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^(ip6-)?localhost(\.localdomain)?$|^ip6-loopback$/.test(host) ||
    host === 'metadata.google.internal' ||
    host === 'metadata'
  return hostsIn(option, value).some((host) => isOwn(host) || isClosedAddress(host))
    ? 'This address is the agent’s own machine or its cloud’s metadata; the settings of this File Orbit refuse it.'
    : null
}

/** FILE_ORBIT_BLOCK_PRIVATE_HOSTS of this process, web and worker alike. */
export function blocksPrivateHosts(): boolean {
  return process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS === '1'
}

const neverCalled = new BlockList()
const ownNetworks = new BlockList()
for (const [network, bits] of [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  // Azure's WireServer.
  ['168.63.129.16', 32],
] as const) {
  neverCalled.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  // Google's, for machines with IPv6 alone.
  ['fd20:ce::254', 128],
  // 169.254.0.0/16 as a translator to IPv4 is told of it.
  ['64:ff9b::a9fe:0', 112],
] as const) {
  neverCalled.addSubnet(network, bits, 'ipv6')
}
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  ownNetworks.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['64:ff9b::', 96],
] as const) {
  ownNetworks.addSubnet(network, bits, 'ipv6')
}

/**
 * Why an address that a person has given for us to call is not called, or null. Link-local ones and those that hand out
 * a cloud's credentials never are; with FILE_ORBIT_BLOCK_PRIVATE_HOSTS no machine of a network of one's own is either.
 */
export function whyNotCalled(address: string): string | null {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0 || neverCalled.check(address, family)) {
    return 'It leads to a link-local address, where clouds hand out credentials: such are never called.'
  }
  if (blocksPrivateHosts() && ownNetworks.check(address, family)) {
    return 'It leads into a network of your own; the settings of this File Orbit refuse that.'
  }
  return null
}
