import type { Path } from '../http/call.ts'
import { path } from './path.ts'
import type { Settings } from './settings.ts'

/** How requests name the provider's API version: in a header, or in a path right after the base URL. */
export type ApiVersion = {
  readonly default: string
  /** The whole version, from `^` to `$`. */
  readonly shape: RegExp
} & (
  | {
      /** Lowercase. */
      readonly header: string
      /** Value of the header, with `{version}`; the version alone if omitted. */
      readonly value?: string
    }
  | {
      /** Such as `/admin/api/{version}`. */
      readonly path: string
    }
)

/** What an address depends on. */
export interface Addressed {
  readonly baseUrl: string | { from(settings: Settings): string }
  readonly apiVersion?: ApiVersion
  accountPath?(settings: Settings): Path
}

export interface Located {
  /** Replaces the base URL, but not what version and settings add to it. */
  readonly baseUrl?: string | undefined
  readonly settings?: Settings | undefined
  readonly apiVersion?: string | undefined
}

/** Where an account is. Throws TypeError if a setting or the version cannot be part of a URL. */
export function toAddress(provider: Addressed, { baseUrl, settings = {}, apiVersion }: Located) {
  const stated = () => (typeof provider.baseUrl === 'string' ? provider.baseUrl : provider.baseUrl.from(settings))
  const base = (baseUrl ?? stated()).replace(/\/+$/, '')
  const account = provider.accountPath?.(settings) ?? ''
  // A proxy in front of two shops is one base URL.
  const behind = baseUrl === undefined || typeof provider.baseUrl === 'string' ? '' : `?for=${encodeURIComponent(stated())}`
  return {
    /** Identifies the upstream account, whichever version is requested. */
    upstream: `${base}${account}${behind}`,
    /** URL of request paths, without a trailing slash. */
    url: `${base}${toVersionPath(provider.apiVersion, apiVersion)}${account}`,
  }
}

function toVersionPath(statement: ApiVersion | undefined, version = statement?.default): string {
  if (statement === undefined || version === undefined || !('path' in statement)) return ''
  return statement.path.replace('{version}', path`${version}`)
}

/** The header that names the version; none if it is part of the path. */
export function toVersionHeaders(
  statement: ApiVersion | undefined,
  version = statement?.default,
): Readonly<Record<string, string>> {
  if (statement === undefined || version === undefined || !('header' in statement)) return {}
  return { [statement.header]: (statement.value ?? '{version}').replace('{version}', () => version) }
}

const labels = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i

/** Tag for base URLs: host`https://${shop}.vendor.test`. Throws on a part that is anything but labels of a host name. */
export function host(literals: TemplateStringsArray, ...parts: readonly string[]): string {
  if (!parts.every((part) => part.length <= 253 && labels.test(part)))
    throw new TypeError('A part of a host name must consist of letters, digits and hyphens')
  return String.raw({ raw: literals }, ...parts)
}
