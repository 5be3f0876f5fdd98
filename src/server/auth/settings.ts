import type { ApiKey } from './api-key.ts'

/** Who may call. */
export interface AuthSettings {
  readonly apiKeys: readonly ApiKey[]
  readonly jwt?: JwtSettings | undefined
}

/** Tokens of an identity provider. */
export interface JwtSettings {
  readonly issuer: string
  readonly audience: string
  /** Where its public keys are. */
  readonly jwksUrl: string
  /** The claim with the scopes, as a list or as text with spaces between them. */
  readonly scopesClaim: string
  /** The claim with slugs of accounts, in the same forms; a token without it has none. Left out: all accounts. */
  readonly accountsClaim?: string | undefined
}
