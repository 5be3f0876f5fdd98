import type { ApiKey } from './api-key.ts'

/** Authentication settings. */
export interface AuthSettings {
  readonly apiKeys: readonly ApiKey[]
  readonly jwt?: JwtSettings | undefined
}

/** Settings for tokens from an identity provider. */
export interface JwtSettings {
  readonly issuer: string
  readonly audience: string
  /** URL of its public keys. */
  readonly jwksUrl: string
  /** Claim with the scopes, as a list or a space-separated string. */
  readonly scopesClaim: string
  /** Claim with account slugs, in the same forms; a token without it can use none. If omitted, all accounts. */
  readonly accountsClaim?: string | undefined
}
