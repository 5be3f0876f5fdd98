import { BlockList, isIPv4, isIPv6 } from 'node:net'

// Where a provider is not to be made to send to. The gateway itself neither resolves nor contacts any target.

/** Addresses that lead to this machine, to a private network, or to nobody: IANA's special-purpose registries. */
const special = new BlockList()
for (const [prefix, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(prefix, bits, 'ipv4')
}
for (const [prefix, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  special.addSubnet(prefix, bits, 'ipv6')
}

/** Names that are never public: RFC 6761, RFC 8375, RFC 9476 and what clouds and home networks use. */
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'home.arpa',
  'localdomain',
  'alt',
  'onion',
]

/**
 * Why no provider should be told to send to this URL; undefined where nothing speaks against it. A name is judged by
 * itself: where it leads is the provider's to find out.
 */
export function findTargetIssue(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null) return undefined
  // URL has already read decimal, octal, hexadecimal and shortened spellings of an address.
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIPv4(host) || isIPv6(host)) {
    const isSpecial = special.check(host, isIPv4(host) ? 'ipv4' : 'ipv6')
    return isSpecial ? 'This address is not a public one; give the public name of your endpoint.' : undefined
  }
  if (!host.includes('.')) return 'A host with a single name is not a public one; give the public name of your endpoint.'
  const isPrivate = privateSuffixes.some((suffix) => host.endsWith(`.${suffix}`))
  return isPrivate ? 'This name is not a public one; give the public name of your endpoint.' : undefined
}
