import { BlockList, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

// Targets that providers must not send to. The gateway itself neither resolves nor contacts any target.

/** Cloud-internal services at registered public addresses: Azure's WireServer. */
const cloudAddresses = new Set(['168.63.129.16'])

/** Domains that are never public, including subdomains. */
const privateNames = [
  // RFC 6761, RFC 6762, RFC 8375, RFC 9476 and common home network names.
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
  // Cluster services and pods: Kubernetes, including its default namespaces, and Consul.
  'svc',
  'pod',
  'default',
  'kube-system',
  'consul',
  // Cloud metadata services not covered above.
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
  // Hosts in private networks of Azure and Oracle Cloud.
  'internal.cloudapp.net',
  'oraclevcn.com',
]
const privatePattern = new RegExp(`(?:^|\\.)(?:${privateNames.map((name) => RegExp.escape(name)).join('|')})$`)

const wayOut = 'Use the public host name of your endpoint.'

/**
 * Why this URL is not allowed as a target; undefined if it is allowed. Only the name itself is checked: resolving it is up to
 * the provider.
 */
export function findTargetIssue(text: string): string | undefined {
  const given = URL.parse(text)
  if (given === null) return undefined
  const url = withoutDot(given)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // Resolvers treat such names differently: some drop extra dots, others reject them.
  if (hasEmptyLabel(url)) return 'This is not a public host name. Remove the extra dots.'
  // Nothing else can be an address; ipaddr.js takes long to tell.
  if (/^[\da-fx.:]+$/i.test(host) && ipaddr.isValid(host)) {
    return isPublic(ipaddr.process(host)) ? undefined : `This is not a public address. ${wayOut}`
  }
  if (!host.includes('.')) return `A single-label host name is not public. ${wayOut}`
  return privatePattern.test(host) ? `This is not a public host name. ${wayOut}` : undefined
}

/** The normalized target that is checked and sent, without a trailing dot after the host. */
export function toTarget(text: string): string {
  const url = URL.parse(text)
  return url === null ? text : withoutDot(url).href
}

function withoutDot(url: URL): URL {
  if (!/[^.]\.$/.test(url.hostname)) return url
  const { hostname } = url
  const bare = new URL(url)
  bare.hostname = hostname.slice(0, -1)
  return bare
}

/** Whether the host has an empty label, other than a trailing dot. */
export function hasEmptyLabel({ hostname }: URL): boolean {
  return /^\.|\.\./.test(hostname)
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast' || cloudAddresses.has(address.toString())) return false
  if (!('parts' in address)) return true
  const [first = 0, , , , marker = 0, protocol] = address.parts
  // ISATAP embeds an IPv4 address after any prefix.
  const isIsatap = (marker & ~0x0300) === 0 && protocol === 0x5efe
  // Only 2000::/3 of IPv6 has been assigned.
  return first >> 13 === 1 && !isIsatap
}

// Not with ipaddr.js: hosts are untrusted, and its patterns take quadratic time.
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether a host name or address, with or without brackets, is loopback. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  return host === 'localhost' || (version !== 0 && loopback.check(address, version === 6 ? 'ipv6' : 'ipv4'))
}
