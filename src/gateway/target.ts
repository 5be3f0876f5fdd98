import { BlockList, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

// Where a provider is not to be made to send to. The gateway itself neither resolves nor contacts any target.

/** What clouds serve to their own machines at addresses that are public by the registries: Azure's WireServer. */
const cloudAddresses = new Set(['168.63.129.16'])

/** Names that are never public, and everything below them. */
const privateNames = [
  // RFC 6761, RFC 6762, RFC 8375, RFC 9476 and what home networks use.
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'lan',
  'home',
  'corp',
  'home.arpa',
  'localdomain',
  'alt',
  'onion',
  // Services and pods of a cluster: Kubernetes, also by the names of its first namespaces, and Consul.
  'svc',
  'pod',
  'default',
  'kube-system',
  'consul',
  // Metadata of clouds whose names are not among those above.
  'metadata.goog',
  'metadata.azure.com',
  'metadata.oraclecloud.com',
  'metadata.cloud.ibm.com',
  'metadata.nifcloud',
  'metadata.exoscale.com',
  'metadata.hetzner.cloud',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  // Machines in the private networks of Azure and Oracle Cloud.
  'internal.cloudapp.net',
  'oraclevcn.com',
]

/**
 * Why no provider should be told to send to this URL; undefined where nothing speaks against it. A name is judged by
 * itself: where it leads is the provider's to find out.
 */
export function findTargetIssue(text: string): string | undefined {
  const url = URL.parse(toTarget(text))
  if (url === null) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // What such a name means is anybody's guess: resolvers drop dots, refuse them, or do as they please.
  if (hasEmptyLabel(url)) return 'This is not a public host name. Remove the extra dots.'
  if (ipaddr.isValid(host)) {
    return isPublic(ipaddr.process(host)) ? undefined : 'This is not a public address. Use the public host name of your endpoint.'
  }
  if (!host.includes('.')) return 'A single-label host name is not public. Use the public host name of your endpoint.'
  const isPrivate = privateNames.some((name) => host === name || host.endsWith(`.${name}`))
  return isPrivate ? 'This is not a public host name. Use the public host name of your endpoint.' : undefined
}

/** A target as it is judged and sent: in its normal form, without the dot behind a host, which means the same. */
export function toTarget(text: string): string {
  const url = URL.parse(text)
  if (url === null) return text
  // Only where there is one: a URL whose host is set is written anew, which takes as long as to read it.
  if (/[^.]\.$/.test(url.hostname)) url.hostname = url.hostname.slice(0, -1)
  return url.href
}

/** Whether a dot of the host stands beside nothing, but for one behind it all. */
export function hasEmptyLabel({ hostname }: URL): boolean {
  return /^\.|\.\./.test(hostname)
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast' || cloudAddresses.has(address.toString())) return false
  if (!('parts' in address)) return true
  const [first = 0, , , , marker = 0, protocol] = address.parts
  // ISATAP has an IPv4 address behind any prefix.
  const isIsatap = (marker & ~0x0300) === 0 && protocol === 0x5efe
  // Nothing else of IPv6 than 2000::/3 has been given out.
  return first >> 13 === 1 && !isIsatap
}

// Not by ipaddr.js: strangers write hosts, and its patterns take time by the square of their length.
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether a host name or address, brackets or not, is nobody but this machine. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  return host === 'localhost' || (version !== 0 && loopback.check(address, version === 6 ? 'ipv6' : 'ipv4'))
}
