import { isIP } from 'node:net'
import { isHostOption } from '#lib/backends/option-rules.ts'
import { leadsTo } from '#lib/net/addresses.ts'
import { addressOf } from './kinds/kind.ts'

// With FILE_ORBIT_BLOCK_PRIVATE_HOSTS an endpoint cannot point at the agent's own machine or at the address where
// clouds hand out credentials. Asked when it is saved, and by the agent of every address that a name leads to.

/** Loopback, link-local and metadata addresses, IPv4 ones in IPv6's dress included. */
export function isClosedAddress(address: string): boolean {
  return leadsTo(address, 'machine', 'metadata')
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

/**
 * Why an address that a person has given for us to call is not called, or null. Link-local ones and those that hand out
 * a cloud's credentials never are; with FILE_ORBIT_BLOCK_PRIVATE_HOSTS no machine of a network of one's own is either.
 */
export function whyNotCalled(address: string): string | null {
  if (isIP(address) === 0 || leadsTo(address, 'metadata')) {
    return 'It leads to a link-local address, where clouds hand out credentials: such are never called.'
  }
  if (blocksPrivateHosts() && leadsTo(address, 'machine', 'own')) {
    return 'It leads into a network of your own; the settings of this File Orbit refuse that.'
  }
  return null
}
