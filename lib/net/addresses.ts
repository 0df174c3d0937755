import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

// What an IP address leads to, whatever dress it wears. The one place where addresses are taken apart.

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Network = readonly [Address, number]

const networks = (...texts: string[]): Network[] => texts.map((text) => ipaddr.parseCIDR(text))

/** This machine itself. */
const machine = networks('0.0.0.0/8', '127.0.0.0/8', '::/128', '::1/128')

/** Link-local, and where clouds hand out a machine's own credentials. */
const metadata = networks(
  ...['169.254.0.0/16', 'fe80::/10', '100.100.100.200/32', '192.0.0.192/32', 'fd00:ec2::254/128'],
  // Azure's WireServer; Google's, for machines with IPv6 alone.
  ...['168.63.129.16/32', 'fd20:ce::254/128'],
)

/** Networks of one's own. */
const own = networks('10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7')

const lists = { machine, metadata, own }

/**
 * Where an IPv6 address carries one of IPv4, and at which byte: mapped, compatible, SIIT (RFC 7915), NAT64 (RFC 6052) and
 * 6to4 (RFC 3056).
 */
const carriers = [
  ...networks('::ffff:0:0/96', '::/96', '::ffff:0:0:0/96', '64:ff9b::/96').map((one) => [one, 12] as const),
  ...networks('2002::/16').map((one) => [one, 2] as const),
]

/** Whether an address, or the IPv4 one that it carries, lies in one of these; false of what is no address. */
export function leadsTo(address: string, ...names: (keyof typeof lists)[]): boolean {
  const forms = formsOf(address)
  return names.some((name) => lists[name].some((network) => forms.some((form) => liesIn(form, network))))
}

function formsOf(text: string): Address[] {
  const bare = text.replace(/^\[|\]$/g, '')
  if (isIP(bare) === 0) return []
  const address = ipaddr.parse(bare)
  const carrier = carriers.find(([network]) => liesIn(address, network))
  if (!carrier) return [address]
  return [address, new ipaddr.IPv4(address.toByteArray().slice(carrier[1], carrier[1] + 4))]
}

function liesIn(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network as never, bits)
}

/** Whom an address belongs to: whoever has one of IPv6 has all 2^64 of its network. */
export function networkOf(address: string | null): string {
  if (address === null || isIP(address) === 0) return address ?? 'unknown'
  const plain = ipaddr.process(address)
  if (plain instanceof ipaddr.IPv4) return plain.toString()
  return plain.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')
}
