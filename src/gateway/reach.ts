import { userAgent } from '../http/version.ts'
import { toAddress, toVersionHeaders } from '../provider/address.ts'
import { listTokenForms, toCredentials } from '../provider/authentication.ts'
import type { Provider } from '../provider/provider.ts'
import { isSegment } from '../provider/path.ts'
import { findSettingIssues, type SettingIssue, type Settings } from '../provider/settings.ts'
import { reveal, type Secret } from '../secret.ts'
import type { AccountSettings } from './account.ts'

/** What reaching an account takes. */
export type Reached = Pick<AccountSettings, 'token' | 'baseUrl' | 'headers' | 'apiVersion' | 'settings'>

/** Where requests for an account go, and the headers they carry. */
export interface Reach {
  /** Identifies the upstream account. */
  readonly upstream: string
  /** URL of request paths. */
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
}

export function toReach(provider: Provider, account: Reached): Reach {
  const { upstream, url } = toAddress(provider, account)
  return {
    upstream,
    baseUrl: url,
    headers: {
      'user-agent': userAgent,
      ...provider.headers,
      ...toVersionHeaders(provider.apiVersion, account.apiVersion),
      ...Object.fromEntries(Object.entries(account.headers ?? {}).map(([name, value]) => [name.toLowerCase(), reveal(value)])),
      [provider.authentication.header]: toCredentials(provider.authentication, reveal(account.token)),
    },
  }
}

/** Values of an account that no text may contain. Short header values are excluded: they are flags and ordinary words. */
export function listSecrets({ authentication }: Provider, { token, headers = {} }: Reached): readonly string[] {
  const values = Object.values(headers).map(reveal)
  return [...listTokenForms(authentication, reveal(token)), ...values.filter(({ length }) => length >= 8)]
}

/** Problems with the settings of an account, including values that cannot be part of its URL. */
export function findReachIssues(
  provider: Provider,
  given: Readonly<Record<string, unknown>>,
  label?: (name: string) => string,
): readonly SettingIssue[] {
  const issues = findSettingIssues(provider.settings ?? {}, given, label)
  if (issues.length > 0 || !isSettings(given)) return issues
  const [name = null, ...more] = Object.keys(given)
  try {
    toAddress(provider, { settings: given })
    return []
  } catch {
    return [{ name: more.length > 0 ? null : name, issue: 'cannot be part of a URL' }]
  }
}

function isSettings(given: Readonly<Record<string, unknown>>): given is Settings {
  return Object.values(given).every((value) => typeof value === 'string')
}

export function findVersionIssue(provider: Provider, version: string): string | undefined {
  const { displayName, apiVersion } = provider
  if (apiVersion === undefined) return `${displayName} does not support apiVersion`
  return apiVersion.shape.test(version) && isSegment(version) ? undefined : `must be a version such as ${apiVersion.default}`
}

/** For programs that embed the gateway: a configuration file is checked before, and each problem is reported with its place. */
export function requireReachable(provider: Provider, account: AccountSettings): void {
  const { settings = {}, apiVersion, headers = {}, token } = account
  const own = provider.authentication.header
  const tokenIssue = findTokenFormIssue(provider, token)
  const issues = [
    tokenIssue && `token: ${tokenIssue}`,
    ...findReachIssues(provider, settings).map(({ name, issue }) => `settings${name === null ? '' : `.${name}`}: ${issue}`),
    ...(apiVersion === undefined ? [] : [findVersionIssue(provider, apiVersion)]),
    ...(Object.keys(headers).some((name) => name.toLowerCase() === own) ? [`headers.${own}: is set by the gateway`] : []),
  ].filter((issue) => issue !== undefined)
  if (issues.length > 0) throw new TypeError(`Account "${account.slug}": ${issues.join('; ')}`)
}

export function findTokenFormIssue({ authentication: { basic } }: Provider, token: Secret | string): string | undefined {
  return basic === undefined || reveal(token).includes(':') ? undefined : `must have the form ${basic}`
}
