import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** The proxies whose word about a request counts. */
export class TrustedPeers {
  readonly #list = new BlockList()

  /** Addresses and networks, such as 127.0.0.1 or 10.0.0.0/8, checked by lib/env.ts. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address, bits] = entry.split('/') as [string, string?]
      const family = familyOf(address)
      if (bits === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(bits), family)
    }
  }

  has(address: string): boolean {
    return (isIPv4(address) || isIPv6(address)) && this.#list.check(address, familyOf(address))
  }
}

const SAID_BY_PROXIES = ['forwarded', 'x-forwarded-port', 'x-forwarded-server', 'x-real-ip']

/**
 * Makes `x-forwarded-for` the one address of the client and `x-forwarded-proto` the protocol that the client
 * speaks. What a stranger wrote there is thrown away: it would choose whose sign-ins are slowed, and which host
 * a server action takes for its own.
 */
export function applyForwarded(request: IncomingMessage, trusted: TrustedPeers, secure: boolean): void {
  const { headers } = request
  const peer = plain(request.socket.remoteAddress ?? '')
  const way = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => plain(address.trim()))
    .filter((address) => address !== '')
  const believed = trusted.has(peer)
  const saidProtocol = String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]
    ?.trim()
  for (const name of SAID_BY_PROXIES) delete headers[name]
  if (!believed) delete headers['x-forwarded-host']
  // From the right: each proxy adds whom it saw, and only the last ones are ours.
  const client = believed ? (way.findLast((address) => !trusted.has(address)) ?? peer) : peer
  headers['x-forwarded-for'] = client
  headers['x-forwarded-proto'] = secure || (believed && saidProtocol === 'https') ? 'https' : 'http'
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

/** A socket of both families shows an IPv4 address in IPv6 clothes. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}
