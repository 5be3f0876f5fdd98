import { readFileSync } from 'node:fs'
import { findTokenFormIssue } from '../gateway/reach.ts'
import { isLoopback } from '../gateway/target.ts'
import type { Provider } from '../provider/provider.ts'

// Problems with configured values, without the values themselves. Undefined if valid.

/** `provider` is that of the account, if it is known. */
export function findTokenIssue(token: string, provider?: Provider): string | undefined {
  if (token === '') return 'is empty. Provide a token'
  return /^[\x21-\x7e]+$/.test(token)
    ? provider && findTokenFormIssue(provider, token)
    : 'contains characters that are not allowed in a token (spaces, line breaks or non-ASCII)'
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

// The gateway itself controls credentials, bodies and connections.
const ownHeaders = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A header of an account: those of the gateway and of its provider's authentication and version cannot be configured. */
export function findHeaderIssue(name: string, value: string, provider?: Provider): string | undefined {
  const { apiVersion, authentication } = provider ?? {}
  if (!headerName.test(name)) return 'is not a valid header name'
  const lower = name.toLowerCase()
  if (apiVersion !== undefined && 'header' in apiVersion && lower === apiVersion.header) return 'use apiVersion instead'
  if (ownHeaders.has(lower) || lower === authentication?.header) return 'is set by the gateway and cannot be configured'
  return headerValue.test(value) ? undefined : 'is not a valid header value'
}

/** Plain http is allowed for loopback only: otherwise the token would be sent unencrypted. */
export function findBaseUrlIssue(text: string): string | undefined {
  // Paths are appended to this text unchanged.
  if (/[?#]/.test(text)) return 'must be a URL without query and fragment'
  if (!URL.canParse(text) || /[\s\\]/.test(text)) return 'must be an absolute URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an https URL'
  if (url.username !== '' || url.password !== '') return 'must be a URL without user name and password'
  return url.protocol === 'http:' && !isLoopback(url.hostname)
    ? 'must use https. Plain http is allowed for loopback only'
    : undefined
}

/** An origin as browsers send it. */
export function findOriginIssue(text: string): string | undefined {
  return URL.parse(text)?.origin === text ? undefined : 'must be an origin without a path, e.g. https://console.acme.example'
}

/** A `*` would allow every header. */
export function findHeaderNameIssue(text: string): string | undefined {
  return headerName.test(text) && text !== '*' ? undefined : 'must be a header name'
}

/** The text of a file, and its problem. */
export function readValue(
  path: string,
  findIssue: (text: string) => string | undefined,
): { readonly text?: string; readonly issue?: string | undefined } {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return { text, issue: findIssue(text) }
  } catch {
    return { issue: 'cannot be read. Check its path and permissions' }
  }
}
